/** A control that has the keyboard's focus. */
export interface FocusStop {
  /** The same number for the same element, as long as the page lives; for all radio buttons of a group, and all tabs of a list. */
  id: number;
  control: string;
  /** Whether eyes can tell that it has the focus. */
  shown: boolean;
  /** What lies over it, if anything does. */
  coveredBy: string | undefined;
}

/** What the script in the page offers. */
export interface PageLedger {
  /** Everything that can be operated at the moment, in the topmost dialog if there is one. */
  controls(): { id: number; control: string }[];
  /** What has the focus; undefined when nothing has, or the browser's own window. */
  stop(): FocusStop | undefined;
}

/** What the script in the page tells. */
export interface LedgerNote {
  what: 'seen' | 'operated' | 'pointer';
  control: string;
}

declare global {
  interface Window {
    controlsLedger: PageLedger;
    noteControl(note: LedgerNote): Promise<void>;
  }
}

/** Parts of the page by name; the first that an element is in counts. */
export const REGIONS: readonly (readonly [name: string, selector: string])[] = [
  ['settings', 'dialog.settings'],
  ['invite', 'dialog.invite'],
  ['person', 'dialog.person-menu'],
  ['removal', 'dialog.remove-dialog'],
  ['shortcuts', 'dialog.shortcuts-dialog'],
  ['chat', '.chat'],
  ['line', '.line'],
  ['drawer', '.drawer'],
  ['panel', '.panel-place'],
  ['dock', '.dock'],
  ['header', '.room-header'],
  ['people', '.stage'],
  ['banner', '.banner'],
  ['corner', '.join-corner'],
  ['form', 'form.join'],
  ['sound check', '.sound-check'],
];

/**
 * Runs inside the page before its own script, so everything it needs is in here. It writes down each control that comes into
 * sight and each that a person operates, by where it is, what it is and what it says: one whose label changes counts once for
 * each label. A control of the page that nobody thought of is written down like any other.
 */
export function keepLedger(regions: readonly (readonly [string, string])[]): void {
  const USUAL =
    'a[href], button, input, select, textarea, summary, [contenteditable], [tabindex]:not([tabindex="-1"])';
  const LOOK_EVERY_MS = 100;
  /** Elements that take a click though nothing says that they do. */
  const clickable = new WeakSet<Element>();
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (this: EventTarget, ...args: [string, never, never]) {
    if (this instanceof Element && args[0] === 'click') clickable.add(this);
    return listen.apply(this, args);
  };

  const ids = new WeakMap<object, number>();
  let newestId = 0;
  const groups = new Map<string, object>();
  const idOf = (element: Element): number => {
    const group = element.matches('[type=radio]')
      ? `radio ${element.getAttribute('name')}`
      : element.matches('[role=tab]')
        ? 'tabs'
        : undefined;
    const key: object = group === undefined ? element : (groups.get(group) ?? {});
    if (group !== undefined) groups.set(group, key);
    const id = ids.get(key) ?? ++newestId;
    ids.set(key, id);
    return id;
  };
  const labelOf = (element: Element): string => {
    // Whoever is in the room, the control is the same.
    if (element.matches('.person-button')) return 'somebody';
    if (element.matches('.chat-text a')) return 'an address';
    const labels = element instanceof HTMLInputElement || element instanceof HTMLSelectElement;
    const text = element.getAttribute('aria-label') ?? (labels && element.labels?.[0]?.textContent);
    return (text || element.textContent || '').replace(/\d+/g, '').replace(/\s+/g, ' ').trim();
  };
  const nameOf = (element: Element): string => {
    const region = regions.find(([, selector]) => element.closest(selector))?.[0] ?? 'elsewhere';
    const kind = element.getAttribute('role') ?? element.getAttribute('type') ?? element.localName;
    return `${region}: ${kind} "${labelOf(element)}"`;
  };
  const isOffered = (element: Element): boolean =>
    element.checkVisibility({ visibilityProperty: true }) && !element.matches(':disabled');
  const all = (within: ParentNode): Element[] =>
    [...within.querySelectorAll('*')].filter(
      (element) => (element.matches(USUAL) || clickable.has(element)) && isOffered(element),
    );
  const tell = (what: LedgerNote['what'], element: Element | undefined): void => {
    // In another language the controls are the same ones.
    if (element !== undefined && document.documentElement.lang !== 'en') return;
    void window.noteControl({ what, control: element === undefined ? '' : nameOf(element) });
  };

  const seen = new Set<string>();
  let due = false;
  const look = (): void => {
    due = false;
    for (const element of all(document)) {
      const name = nameOf(element);
      if (seen.has(name)) continue;
      seen.add(name);
      tell('seen', element);
    }
  };
  new MutationObserver(() => {
    if (!due) setTimeout(look, LOOK_EVERY_MS);
    due = true;
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

  const operate = (
    type: string,
    matches: string,
    applies: (event: KeyboardEvent) => boolean = () => true,
  ): void => {
    const heard = (event: Event): void => {
      const control = event.target instanceof Element ? event.target.closest(matches) : null;
      if (control && applies(event as KeyboardEvent)) tell('operated', control);
    };
    listen.call(document, type, heard, { capture: true });
  };
  operate('click', 'a, button, summary, [type=checkbox], [type=radio]', ({ isTrusted }) => isTrusted);
  operate('input', 'textarea, input:not([readonly])', ({ isTrusted }) => isTrusted);
  operate('change', 'select');
  operate('focusin', '[readonly], [role=tab]');
  operate('wheel', '[role=log]');
  operate('keydown', '[role=log]', ({ key }) => /^(Arrow|Page|Home|End)/.test(key));
  for (const type of ['pointerdown', 'pointerup']) operate(type, '#talk');
  for (const type of ['keydown', 'keyup']) operate(type, '#talk', ({ key }) => key === 'Enter');
  operate('keydown', '.talk-key button', ({ key }) => key !== 'Tab');
  listen.call(document, 'pointerdown', () => tell('pointer', undefined), { capture: true });
  document.addEventListener('DOMContentLoaded', look);

  const scope = (): ParentNode => [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  window.controlsLedger = {
    controls: () => all(scope()).map((element) => ({ id: idOf(element), control: nameOf(element) })),
    stop: () => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const label = element.nextElementSibling?.matches('label') ? element.nextElementSibling : undefined;
      const styles = [getComputedStyle(element), getComputedStyle(element, '::after')];
      if (label !== undefined) styles.push(getComputedStyle(label));
      const shown = styles.some(
        ({ outlineStyle, outlineWidth, outlineColor }) =>
          outlineStyle !== 'none' &&
          Number.parseFloat(outlineWidth) >= 2 &&
          !/, 0\)|transparent/.test(outlineColor),
      );
      const seenAs = element.matches('[type=radio]') && label !== undefined ? label : element;
      const { left, top, width, height } = seenAs.getBoundingClientRect();
      const over = document.elementFromPoint(left + width / 2, top + height / 2);
      const own = [element, label].some((one) => one && (one.contains(over) || over?.contains(one)));
      const coveredBy = own
        ? undefined
        : over === null
          ? 'the edge of the window'
          : over.outerHTML.slice(0, 80);
      return { id: idOf(element), control: nameOf(element), shown, coveredBy };
    },
  };
}
