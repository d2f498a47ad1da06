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

/** How good the line is, in numbers, and what each of them means. */
export class NumbersPanel {
  readonly node: HTMLElement;
  readonly #values = new Map<string, HTMLElement>();

  constructor() {
    const { numbers } = strings;
    const list = element('dl', { class: 'numbers' });
    for (const [key] of rows) {
      const value = element('dd', { class: 'number-value', id: `number-${key}` }, numbers.none);
      this.#values.set(key, value);
      list.append(
        element(
          'div',
          { class: 'number' },
          element('dt', {}, numbers[key]),
          value,
          element('dd', { class: 'hint' }, numbers[`${key}Hint`]),
        ),
      );
    }
    this.node = element('div', { class: 'numbers-section' }, list);
  }

  update({ numbers }: CallState): void {
    for (const [key, text] of rows) setText(this.#values.get(key)!, text(numbers));
  }
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? strings.numbers.none : strings.format.milliseconds(Math.max(0, value));
}
