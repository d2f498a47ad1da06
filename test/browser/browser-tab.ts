import type { Timeline } from './timeline.ts';

/** Something that a person finds by what is written on it. */
export interface Target {
  /** `choice` is a radio button or a tick box, which one clicks at its label. */
  kind: 'button' | 'field' | 'choice';
  label: string;
}

/** A page in some browser, as far as a person before it and a test beside it need. */
export interface BrowserTab {
  /** The browser's name and version. */
  readonly browser: string;
  /** Errors of the page's own scripts, and what its console said in red. */
  readonly errors: readonly string[];
  goto(url: string): Promise<void>;
  /** Runs a function in the page; it knows nothing but its arguments, which go as JSON, as does its result. */
  evaluate<Args extends unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** Clicks as a person does: at its place, with a pointer. */
  click(target: Target): Promise<void>;
  /** Types a text in place of what the field holds. */
  fill(target: Target, text: string): Promise<void>;
  /** @param key by its place on the keyboard, such as `Space` */
  keyDown(key: string): Promise<void>;
  keyUp(key: string): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** What the tab has played so far, as it left for the loudspeaker. */
  heard(): Promise<Timeline>;
  close(): Promise<void>;
}

/** The body of a function that runs `run` with these arguments. */
// biome-ignore lint/suspicious/noExplicitAny: any function will do.
export const pageScript = (run: (...args: any[]) => unknown, args: readonly unknown[]): string =>
  // What runs TypeScript here marks functions with a helper that the page does not have.
  `const __name = (value) => value; return (${run})(...${JSON.stringify(args)});`;

/** The body of a function that returns the element, or null while it is not there, not visible or switched off. */
export const targetScript = ({ kind, label }: Target): string => pageScript(findTarget, [kind, label]);

/** A key as WebDriver names it: by what it types. */
export const webDriverKey = (key: string): string => (key === 'Space' ? ' ' : key);

/** Runs in the page. */
function findTarget(kind: Target['kind'], label: string): Element | null {
  const reads = (element: Element): boolean =>
    (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() === label;
  const visible = (element: Element): boolean => element.getClientRects().length > 0;
  if (kind === 'button') {
    const buttons = [...document.querySelectorAll('button')];
    return buttons.find((button) => reads(button) && visible(button) && !button.disabled) ?? null;
  }
  const found = [...document.querySelectorAll('label')].find((element) => reads(element) && visible(element));
  return (kind === 'field' ? found?.control : found) ?? null;
}
