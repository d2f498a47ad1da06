import type { CallState } from '../call-state.ts';
import { element, setAttribute } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';
import type { TalkMode, TalkSwitch } from '../talk-switch.ts';
import { TalkButton } from './talk-button.ts';

export interface ControlsActions {
  onEcho: (enabled: boolean) => void;
  onLeave: () => void;
  onMode: (mode: TalkMode) => void;
}

/** What one can do in a call: talk or be silent, test the line, leave. */
export class ControlsBar {
  readonly node: HTMLElement;
  readonly #talkButton: TalkButton;
  readonly #echo: HTMLButtonElement;
  readonly #mode: HTMLFieldSetElement;
  #echoOn = false;

  constructor(talk: TalkSwitch, actions: ControlsActions) {
    const { controls } = strings;
    this.#talkButton = new TalkButton(talk);
    this.#echo = element(
      'button',
      { type: 'button', class: 'button', id: 'echo', 'aria-pressed': 'false', title: controls.echoHint },
      icon('headphones'),
      element('span', {}, controls.echo),
    );
    this.#echo.addEventListener('click', () => actions.onEcho(!this.#echoOn));
    const leave = element(
      'button',
      { type: 'button', class: 'button danger', id: 'leave' },
      icon('leave'),
      element('span', {}, controls.leave),
    );
    leave.addEventListener('click', () => actions.onLeave());
    this.#mode = element('fieldset', { class: 'segments' }, element('legend', {}, controls.mode));
    for (const [mode, label] of [
      ['open', controls.openMode],
      ['push', controls.pushMode],
    ] as const) {
      const radio = element('input', { type: 'radio', name: 'mode', value: mode, id: `mode-${mode}` });
      radio.checked = talk.mode === mode;
      radio.addEventListener('change', () => {
        if (!radio.checked) return;
        talk.setMode(mode);
        actions.onMode(mode);
      });
      this.#mode.append(radio, element('label', { for: radio.id }, label));
    }
    this.node = element(
      'section',
      { class: 'controls card', 'aria-label': controls.label },
      this.#talkButton.node,
      element(
        'div',
        { class: 'controls-row' },
        this.#mode,
        element('div', { class: 'buttons' }, this.#echo, leave),
      ),
    );
  }

  focus(): void {
    this.#talkButton.focus();
  }

  update(state: CallState): void {
    this.#echoOn = state.echo;
    this.#talkButton.update(state);
    this.#echo.disabled = !state.canTalk;
    this.#mode.disabled = !state.canTalk;
    setAttribute(this.#echo, 'aria-pressed', String(state.echo));
  }
}
