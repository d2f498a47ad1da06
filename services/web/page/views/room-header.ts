import type { PanelTab } from '../call-feature.ts';
import type { CallState } from '../call-state.ts';
import { element, setAttribute, setText } from '../element.ts';
import { type IconName, icon, mark } from '../icons.ts';
import { strings } from '../strings.ts';

export interface HeaderActions {
  onInvite(): void;
  onSettings(): void;
  onShortcuts(): void;
  /** Opens a tab of the side panel, or closes it when it is open. */
  onTab(id: string): void;
}

/** Where one is, who is there, how the connection stands, and the way to everything that is not talking. */
export class RoomHeader {
  readonly node: HTMLElement;
  readonly #room = element('h1', { class: 'room-name' });
  readonly #status = element('span', { class: 'status', role: 'status' });
  readonly #count = element('span', { class: 'people-count' });
  readonly #recording = element('span', { class: 'recording-badge', hidden: '' });
  readonly #tabs: readonly { tab: PanelTab; button: HTMLButtonElement; count: HTMLElement }[];

  constructor(tabs: readonly PanelTab[], actions: HeaderActions) {
    const { call, settings, shortcuts } = strings;
    this.#tabs = tabs.map((tab) => {
      const button = headerButton(tab.icon, tab.label, () => actions.onTab(tab.id));
      const count = element('span', { class: 'count' });
      button.append(count);
      return { tab, button, count };
    });
    this.node = element(
      'header',
      { class: 'room-header' },
      mark(),
      element(
        'div',
        { class: 'room-title' },
        this.#room,
        element('p', { class: 'room-facts' }, this.#recording, this.#status, this.#count),
      ),
      element(
        'div',
        { class: 'header-buttons' },
        headerButton('invite', call.invite, () => actions.onInvite()),
        ...this.#tabs.map(({ button }) => button),
        headerButton('keyboard', shortcuts.heading, () => actions.onShortcuts(), 'only-with-keyboard'),
        headerButton('settings', settings.heading, () => actions.onSettings()),
      ),
    );
  }

  /** @param opened id of the tab that the side panel shows */
  update({ room, phase, people, listeners, recordedSinceMs }: CallState, opened: string): void {
    setText(this.#room, room);
    setAttribute(this.#room, 'title', room);
    this.#status.dataset.phase = phase;
    setText(this.#status, strings.status[phase]);
    const here = strings.call.inRoom(people.length);
    setText(this.#count, listeners > 0 ? strings.call.alsoListening(here, listeners) : here);
    this.#showRecording(recordedSinceMs);
    for (const { tab, button, count } of this.#tabs) {
      setAttribute(button, 'aria-expanded', String(tab.id === opened));
      const unread = tab.unread?.() ?? 0;
      setText(count, unread > 0 ? strings.format.number(unread) : '');
      setAttribute(
        button,
        'aria-label',
        unread > 0 ? `${tab.label}, ${strings.call.unread(unread)}` : tab.label,
      );
    }
  }

  #showRecording(sinceMs: number | undefined): void {
    this.#recording.hidden = sinceMs === undefined;
    if (sinceMs === undefined) return;
    setText(this.#recording, strings.recording.badge);
    setAttribute(this.#recording, 'title', strings.recording.since(strings.format.time(sinceMs)));
  }
}

function headerButton(name: IconName, label: string, run: () => void, more = ''): HTMLButtonElement {
  const button = element(
    'button',
    { type: 'button', class: `icon-button header-button ${more}`.trim(), 'aria-label': label, title: label },
    icon(name),
  );
  button.addEventListener('click', run);
  return button;
}
