import type { CallState } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import type { TalkSwitch } from '../talk-switch.ts';

/** The big round button: mutes and unmutes the open microphone, or talks while it is held. */
export class TalkButton {
  readonly node: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #label = element('span', { class: 'talk-label' });
  readonly #hint = element('p', { class: 'hint centred talk-hint', id: 'talk-hint' });
  readonly #talk: TalkSwitch;

  constructor(talk: TalkSwitch) {
    this.#talk = talk;
    this.#button = element(
      'button',
      { type: 'button', class: 'talk-button', id: 'talk', 'aria-describedby': 'talk-hint' },
      element('span', { class: 'icon-live' }, icon('microphone')),
      element('span', { class: 'icon-muted' }, icon('microphoneOff')),
      this.#label,
    );
    this.node = element('div', { class: 'talk' }, this.#button, this.#hint);
    this.#button.addEventListener('click', () => talk.toggleMute());
    this.#button.addEventListener('pointerdown', (event) => {
      if (talk.mode !== 'push' || event.button !== 0) return;
      // Captured, so that a finger that slides off the button still lets go.
      this.#button.setPointerCapture(event.pointerId);
      talk.hold('pointer');
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      this.#button.addEventListener(end, () => talk.release('pointer'));
    }
    this.#button.addEventListener('contextmenu', (event) => event.preventDefault());
    this.#button.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || talk.mode !== 'push') return;
      event.preventDefault();
      talk.hold('enter');
    });
    this.#button.addEventListener('keyup', (event) => {
      if (event.key === 'Enter') talk.release('enter');
    });
  }

  focus(): void {
    this.#button.focus({ preventScroll: true });
  }

  update({ canTalk, moderated, people }: CallState): void {
    const { controls } = strings;
    const live = this.#talk.live && !moderated;
    const push = this.#talk.mode === 'push';
    this.#button.disabled = !canTalk || moderated;
    this.#button.classList.toggle('live', canTalk && live);
    this.#button.classList.toggle('push', push);
    const level = live ? (people.find((person) => person.isSelf)?.level ?? 0) : 0;
    this.#button.style.setProperty('--level', level.toFixed(2));
    if (!canTalk) this.#say(controls.listenOnly, controls.listenOnlyHint);
    else if (moderated) this.#say(controls.moderated, '');
    else if (push) this.#say(live ? controls.talking : controls.hold, controls.holdHint);
    else this.#say(this.#talk.live ? controls.mute : controls.unmute, controls.muteHint);
  }

  #say(label: string, hint: string): void {
    setText(this.#label, label);
    setText(this.#hint, hint);
  }
}
