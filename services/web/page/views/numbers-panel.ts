import type { CallState, LineNumbers } from '../call-state.ts';
import { element, setText } from '../element.ts';
import { strings } from '../strings.ts';

const rows = [
  ['mouthToEar', (n: LineNumbers): string => milliseconds(n.mouthToEarMs)],
  ['rtt', (n: LineNumbers): string => milliseconds(n.rttMs)],
  ['buffer', (n: LineNumbers): string => milliseconds(n.bufferMs)],
  ['jitter', (n: LineNumbers): string => milliseconds(n.jitterMs)],
  ['lost', (n: LineNumbers): string => strings.numbers.frames(n.lost, n.received + n.lost)],
  ['late', (n: LineNumbers): string => strings.numbers.frames(n.late, n.received + n.lost)],
] as const;

/** How good the line is, in numbers; what each means is its tooltip and its description. */
export class NumbersPanel {
  readonly node: HTMLElement;
  readonly #values = new Map<string, HTMLElement>();

  constructor() {
    const { numbers } = strings;
    const list = element('dl', { class: 'numbers' });
    for (const [key] of rows) {
      const value = element('dd', { id: `number-${key}` }, numbers.none);
      this.#values.set(key, value);
      list.append(
        element(
          'div',
          { class: 'number', title: numbers[`${key}Hint`] },
          element('dt', {}, numbers[key]),
          value,
        ),
      );
    }
    this.node = element(
      'section',
      { class: 'numbers-section', 'aria-label': numbers.heading },
      element('h2', { class: 'section-heading' }, numbers.heading),
      list,
    );
  }

  update({ numbers }: CallState): void {
    for (const [key, text] of rows) setText(this.#values.get(key)!, text(numbers));
  }
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? strings.numbers.none : strings.numbers.milliseconds(Math.max(0, value));
}
