import type { PanelTab } from '../call-feature.ts';
import type { CallState } from '../call-state.ts';
import { element } from '../element.ts';
import type { TalkSwitch } from '../talk-switch.ts';
import { type ControlsActions, ControlsBar } from './controls-bar.ts';
import { type PeopleActions, PeopleList } from './people-list.ts';
import { type HeaderActions, RoomHeader } from './room-header.ts';
import { SidePanel } from './side-panel.ts';

export interface CallViewOptions extends ControlsActions, PeopleActions, Omit<HeaderActions, 'onTab'> {
  talk: TalkSwitch;
  tabs: readonly PanelTab[];
  /** Tab of the side panel that was open last; undefined when nobody has chosen yet. */
  panel: string | undefined;
  /** Another tab was opened, or with the empty text the panel closed. */
  onPanel(id: string): void;
}

/** The view of a call under way. */
export class CallView {
  readonly node: HTMLElement;
  readonly #header: RoomHeader;
  readonly #people: PeopleList;
  readonly #controls: ControlsBar;
  readonly #panel: SidePanel;

  constructor(options: CallViewOptions) {
    const { tabs, talk } = options;
    this.#panel = new SidePanel(tabs, (id) => options.onPanel(id));
    this.#header = new RoomHeader(tabs, {
      onInvite: () => options.onInvite(),
      onSettings: () => options.onSettings(),
      onShortcuts: () => options.onShortcuts(),
      onTab: (id) => this.#panel.open(this.#panel.opened === id ? '' : id),
    });
    this.#people = new PeopleList(options);
    this.#controls = new ControlsBar(talk, options);
    this.node = element(
      'div',
      { class: 'call-page' },
      this.#header.node,
      element('main', { class: 'call-main' }, this.#people.node, this.#controls.node),
      this.#panel.node,
      this.#panel.drawer,
    );
    // A drawer over everything is nothing to begin a call with.
    if (this.#panel.isBeside) this.#panel.open(options.panel ?? tabs[0]?.id ?? '');
  }

  /** Puts the keyboard's focus on the talk button, the one control everybody needs. */
  focus(): void {
    this.#controls.focus();
  }

  openTab(id: string): void {
    this.#panel.open(id);
  }

  update(state: CallState): void {
    this.#header.update(state, this.#panel.opened);
    this.#people.update(state);
    this.#controls.update(state);
    this.#panel.update(state);
  }

  end(): void {
    this.#panel.end();
  }
}
