import type { CallState } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import type { TalkSwitch } from '../talk-switch.ts';

/** The big round button: mutes and unmutes the open microphone, or talks while it is held. */
export class TalkButton {
  readonly node: HTMLButtonElement;
  readonly #label = element('span', { class: 'round-label' });
  readonly #talk: TalkSwitch;

  /** @param describedBy id of the hint that says which keys do the same */
  constructor(talk: TalkSwitch, describedBy: string) {
    this.#talk = talk;
    this.node = element(
      'button',
      { type: 'button', class: 'round-button talk-button', id: 'talk', 'aria-describedby': describedBy },
      element(
        'span',
        { class: 'round-face' },
        element('span', { class: 'icon-live' }, icon('microphone')),
        element('span', { class: 'icon-muted' }, icon('microphoneOff')),
      ),
      this.#label,
    );
    this.node.addEventListener('click', () => talk.toggleMute());
    this.node.addEventListener('pointerdown', (event) => {
      if (talk.mode !== 'push' || event.button !== 0) return;
      // Captured, so that a finger that slides off the button still lets go.
      this.node.setPointerCapture(event.pointerId);
      talk.hold('pointer');
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      this.node.addEventListener(end, () => talk.release('pointer'));
    }
    this.node.addEventListener('contextmenu', (event) => event.preventDefault());
    this.node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || talk.mode !== 'push') return;
      event.preventDefault();
      talk.hold('enter');
    });
    this.node.addEventListener('keyup', (event) => {
      if (event.key === 'Enter') talk.release('enter');
    });
    this.node.addEventListener('blur', () => talk.release('enter'));
  }

  focus(): void {
    this.node.focus({ preventScroll: true });
  }

  update({ canTalk, moderated, people }: CallState): void {
    const { controls } = strings;
    const live = this.#talk.live && !moderated;
    const push = this.#talk.mode === 'push';
    this.node.disabled = !canTalk || moderated;
    this.node.classList.toggle('live', canTalk && live);
    this.node.classList.toggle('push', push);
    const level = live ? (people.find((person) => person.isSelf)?.level ?? 0) : 0;
    this.node.style.setProperty('--level', level.toFixed(2));
    setText(this.#label, labelOf());

    function labelOf(): string {
      if (!canTalk) return controls.listenOnly;
      if (moderated) return controls.moderated;
      if (push) return live ? controls.talking : controls.hold;
      return live ? controls.mute : controls.unmute;
    }
  }
}
