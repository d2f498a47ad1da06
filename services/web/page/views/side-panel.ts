import type { PanelTab } from '../call-feature.ts';
import type { CallState } from '../call-state.ts';
import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

/** From this width on the panel stands beside the people; below, it is a drawer over them. */
const BESIDE = '(min-width: 60rem)';

interface ShownTab {
  tab: PanelTab;
  button: HTMLButtonElement;
  page: HTMLElement;
}

/** What a call offers beside talking, in tabs. On a narrow window it is a dialog, with the focus to itself. */
export class SidePanel {
  /** Holds the panel where there is room for it beside the people. */
  readonly node = element('aside', { class: 'panel-place', 'aria-label': strings.call.panel });
  /** Holds it where there is not. */
  readonly drawer = element('dialog', { class: 'drawer', 'aria-label': strings.call.panel });
  readonly #tabs: readonly ShownTab[];
  readonly #content: HTMLElement;
  readonly #beside = matchMedia(BESIDE);
  readonly #listening = new AbortController();
  readonly #onOpen: (id: string) => void;
  #open = '';

  /** @param onOpen told which tab is open, or the empty text */
  constructor(tabs: readonly PanelTab[], onOpen: (id: string) => void) {
    this.#onOpen = onOpen;
    this.#tabs = tabs.map((tab) => this.#build(tab));
    const close = element(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': strings.call.closePanel },
      icon('close'),
    );
    close.addEventListener('click', () => this.open(''));
    const list = element(
      'div',
      { class: 'tabs', role: 'tablist', 'aria-label': strings.call.panel },
      ...this.#tabs.map(({ button }) => button),
    );
    list.addEventListener('keydown', (event) => this.#move(event));
    this.#content = element(
      'div',
      { class: 'panel' },
      element('div', { class: 'panel-header' }, list, close),
      ...this.#tabs.map(({ page }) => page),
    );
    const { signal } = this.#listening;
    this.#beside.addEventListener('change', () => this.#place(), { signal });
    this.drawer.addEventListener('close', () => {
      if (!this.#beside.matches) this.open('');
    });
    this.drawer.addEventListener('pointerdown', (event) => {
      if (event.target === this.drawer) this.drawer.close();
    });
    this.#place();
  }

  /** Whether there is room for it beside the people. */
  get isBeside(): boolean {
    return this.#beside.matches;
  }

  /** Id of the open tab; empty while the panel is closed. */
  get opened(): string {
    return this.#open;
  }

  /** @param id of a tab; anything else closes the panel */
  open(id: string): void {
    const known = this.#tabs.some(({ tab }) => tab.id === id) ? id : '';
    if (known === this.#open) return;
    const before = this.#open;
    this.#open = known;
    this.#place();
    for (const { tab } of this.#tabs) {
      if (tab.id === before) tab.shown?.(false);
      if (tab.id === known) tab.shown?.(true);
    }
    this.#onOpen(known);
  }

  update(state: CallState): void {
    for (const { tab, button } of this.#tabs) {
      tab.update?.(state);
      const unread = tab.unread?.() ?? 0;
      setText(button.lastElementChild!, unread > 0 ? strings.format.number(unread) : '');
    }
  }

  end(): void {
    this.#listening.abort();
    if (this.drawer.open) this.drawer.close();
  }

  #place(): void {
    const open = this.#open !== '';
    const drawn = open && !this.#beside.matches;
    if (drawn) this.drawer.append(this.#content);
    else this.node.append(this.#content);
    this.node.classList.toggle('open', open && !drawn);
    for (const { tab, button, page } of this.#tabs) {
      const chosen = tab.id === this.#open;
      setAttribute(button, 'aria-selected', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      page.hidden = !chosen;
    }
    if (drawn && !this.drawer.open) this.drawer.showModal();
    if (!drawn && this.drawer.open) this.drawer.close();
  }

  #build(tab: PanelTab): ShownTab {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'tab',
        role: 'tab',
        id: `tab-${tab.id}`,
        'aria-controls': `panel-${tab.id}`,
      },
      element('span', {}, tab.label),
      element('span', { class: 'count' }),
    );
    button.addEventListener('click', () => this.open(tab.id));
    const page = element(
      'div',
      { class: 'panel-page', role: 'tabpanel', id: `panel-${tab.id}`, 'aria-labelledby': `tab-${tab.id}` },
      tab.node,
    );
    return { tab, button, page };
  }

  /** Arrows go from tab to tab, as in every list of tabs. */
  #move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const { length } = this.#tabs;
    const at = this.#tabs.findIndex(({ tab }) => tab.id === this.#open);
    const next = this.#tabs[(at + step + length) % length]!;
    event.preventDefault();
    this.open(next.tab.id);
    next.button.focus();
  }
}
