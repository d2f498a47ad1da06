import type { CallState } from '../call-state.ts';
import { element } from '../element.ts';
import type { TalkSwitch } from '../talk-switch.ts';
import { type ControlsActions, ControlsBar } from './controls-bar.ts';
import { NumbersPanel } from './numbers-panel.ts';
import { PeopleList } from './people-list.ts';
import { RoomHeader } from './room-header.ts';

export interface CallViewOptions extends ControlsActions {
  talk: TalkSwitch;
  /** The address that opens this room. */
  link: () => string;
  /** Says aloud what only eyes would notice. */
  announce: (text: string) => void;
}

/** The view of a call under way. */
export class CallView {
  readonly node: HTMLElement;
  readonly #parts: readonly { update(state: CallState): void }[];
  readonly #controls: ControlsBar;

  constructor(options: CallViewOptions) {
    const header = new RoomHeader(options.link);
    const people = new PeopleList(options.announce);
    this.#controls = new ControlsBar(options.talk, options);
    const numbers = new NumbersPanel();
    this.#parts = [header, people, this.#controls, numbers];
    this.node = element(
      'main',
      { class: 'call-page' },
      header.node,
      people.node,
      this.#controls.node,
      numbers.node,
    );
  }

  /** Puts the keyboard's focus on the talk button, the one control everybody needs. */
  focus(): void {
    this.#controls.focus();
  }

  update(state: CallState): void {
    for (const part of this.#parts) part.update(state);
  }
}
