import { element, setAttribute, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { strings } from '../strings.ts';

export type BannerTone = 'error' | 'warning' | 'good';

export interface BannerMessage {
  tone: BannerTone;
  text: string;
  /** A button in the banner, for what only the person can do. */
  action?: { label: string; run: () => void };
  /** Goes away by itself after this long, in ms. */
  goesAfterMs?: number;
}

/** One message at a time across the top of the page; read aloud at once. */
export class Banner {
  readonly node: HTMLElement;
  readonly #text = element('p', { class: 'banner-text' });
  readonly #action = element('button', { type: 'button', class: 'button small' });
  readonly #dismiss = element('button', { type: 'button', class: 'icon-button' }, icon('close'));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run: (() => void) | undefined;

  constructor() {
    this.#dismiss.addEventListener('click', () => this.hide());
    this.#action.addEventListener('click', () => this.#run?.());
    // The alert role stays on a region that is always there: screen readers miss regions that appear filled.
    const message = element('div', { class: 'banner-message', role: 'alert' }, this.#text);
    this.node = element('div', { class: 'banner' }, message, this.#action, this.#dismiss);
    this.hide();
  }

  show({ tone, text, action, goesAfterMs }: BannerMessage): void {
    clearTimeout(this.#timer);
    this.node.dataset.tone = tone;
    this.node.classList.remove('empty');
    setText(this.#text, text);
    setAttribute(this.#dismiss, 'aria-label', strings.banner.dismiss);
    this.#run = action?.run;
    this.#action.hidden = action === undefined;
    setText(this.#action, action?.label ?? '');
    if (goesAfterMs !== undefined) this.#timer = setTimeout(() => this.hide(), goesAfterMs);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.node.classList.add('empty');
    setText(this.#text, '');
    this.#action.hidden = true;
  }
}
