import type { Grade } from '@partyline/status';
import { element, setAttribute, setText } from './element.ts';

/** Above the first an edge is worth a look, above the second it hands rooms to others or refuses. */
const LOAD_WATCH = 0.7;
const LOAD_BAD = 0.9;

export const loadGrade = (load: number): Grade => {
  if (load >= LOAD_BAD) return 'bad';
  return load >= LOAD_WATCH ? 'watch' : 'good';
};

/** A bar from 0 to 1 with its figure in words. */
export class Meter {
  readonly root: HTMLElement;
  readonly #fill = element('span', { class: 'fill' });
  readonly #text = element('span', { class: 'value' });

  constructor(name: string) {
    const track = element('span', { class: 'gauge' }, this.#fill);
    this.root = element('span', { class: 'meter', role: 'meter', 'aria-label': name }, track, this.#text);
    this.root.setAttribute('aria-valuemin', '0');
    this.root.setAttribute('aria-valuemax', '1');
  }

  set(share: number, text: string, grade: Grade): void {
    this.#fill.style.width = `${Math.max(share > 0 ? 1 : 0, Math.min(100, share * 100))}%`;
    setAttribute(this.root, 'aria-valuenow', share.toFixed(2));
    setAttribute(this.root, 'aria-valuetext', text);
    setAttribute(this.root, 'data-grade', grade);
    setText(this.#text, text);
  }
}
