import type { CallState } from '../call-state.ts';
import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import type { TalkMode, TalkSwitch } from '../talk-switch.ts';
import { segmentsField } from './fields.ts';
import { TalkButton } from './talk-button.ts';

export interface ControlsActions {
  onEcho(enabled: boolean): void;
  onLeave(): void;
  onMode(mode: TalkMode): void;
  /** Opens a microphone after joining without one. */
  onAddMicrophone(): void;
  /** What is printed on the key that is held to talk. */
  talkKey(): string;
}

/** What one can do in a call: talk or be silent, hear or not, test the line, leave. */
export class ControlsBar {
  readonly node: HTMLElement;
  readonly #talk: TalkSwitch;
  readonly #actions: ControlsActions;
  readonly #talkButton: TalkButton;
  readonly #deafen: HTMLButtonElement;
  readonly #echo: HTMLButtonElement;
  readonly #add: HTMLButtonElement;
  readonly #mode: HTMLFieldSetElement;
  readonly #hint = element('p', { class: 'hint talk-hint', id: 'talk-hint' });
  #echoOn = false;

  constructor(talk: TalkSwitch, actions: ControlsActions) {
    this.#talk = talk;
    this.#actions = actions;
    const { controls } = strings;
    this.#talkButton = new TalkButton(talk, this.#hint.id);
    this.#deafen = roundButton('deafen', controls.deafen, 'headphones', 'headphonesOff');
    this.#deafen.addEventListener('click', () => talk.toggleDeafened());
    const leave = roundButton('leave', controls.leave, 'leave');
    leave.addEventListener('click', () => actions.onLeave());
    this.#echo = element(
      'button',
      { type: 'button', class: 'button', id: 'echo', 'aria-pressed': 'false', title: controls.echoHint },
      icon('echo'),
      element('span', {}, controls.echo),
    );
    this.#echo.addEventListener('click', () => actions.onEcho(!this.#echoOn));
    this.#add = element(
      'button',
      { type: 'button', class: 'button' },
      icon('microphone'),
      element('span', {}, controls.addMicrophone),
    );
    this.#add.addEventListener('click', () => actions.onAddMicrophone());
    this.#mode = segmentsField<TalkMode>({
      legend: controls.mode,
      quiet: true,
      choices: [
        { value: 'open', label: controls.openMode },
        { value: 'push', label: controls.pushMode },
      ],
      chosen: talk.mode,
      onChange: (mode) => {
        talk.setMode(mode);
        actions.onMode(mode);
      },
    });
    this.node = element(
      'section',
      { class: 'dock', 'aria-label': controls.label },
      element('div', { class: 'dock-middle' }, this.#deafen, this.#talkButton.node, leave),
      element('div', { class: 'dock-left' }, this.#mode),
      element('div', { class: 'dock-right' }, this.#add, this.#echo),
      this.#hint,
    );
  }

  focus(): void {
    this.#talkButton.focus();
  }

  update(state: CallState): void {
    const { canTalk, mayTalk, deafened, echo } = state;
    this.#echoOn = echo;
    this.#talkButton.update(state);
    this.#echo.hidden = !canTalk;
    this.#mode.hidden = !canTalk;
    this.#add.hidden = canTalk || !mayTalk;
    setAttribute(this.#echo, 'aria-pressed', String(echo));
    setAttribute(this.#deafen, 'aria-pressed', String(deafened));
    setText(this.#hint, this.#hintOf(state));
    this.#hint.classList.toggle('warning', state.talkingWhileMuted || deafened);
  }

  #hintOf({ canTalk, deafened, moderated, talkingWhileMuted }: CallState): string {
    const { controls } = strings;
    const key = this.#actions.talkKey();
    if (deafened) return controls.deafenedHint;
    if (!canTalk) return controls.listenOnlyHint;
    if (moderated) return '';
    if (this.#talk.mode === 'push') return controls.holdHint(key);
    return talkingWhileMuted ? controls.talkingWhileMuted : controls.muteHint(key);
  }
}

function roundButton(
  id: string,
  label: string,
  off: 'headphones' | 'leave',
  on?: 'headphonesOff',
): HTMLButtonElement {
  const face = element('span', { class: 'round-face' }, element('span', { class: 'icon-off' }, icon(off)));
  if (on !== undefined) face.append(element('span', { class: 'icon-on' }, icon(on)));
  return element(
    'button',
    { type: 'button', class: `round-button ${id}`, id },
    face,
    element('span', { class: 'round-label' }, label),
  );
}
