import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEQUENCE_JUMP, SEQUENCE_PAUSE_MS, SEQUENCE_WINDOW } from '../limits.ts';
import { SequenceWindow } from './sequence-window.ts';

const taken = (sequences: readonly number[], window = new SequenceWindow()): boolean[] =>
  sequences.map((sequence) => window.take(sequence & 0xffff, 1_000));

/** What the window is to do, with whole numbers and a set. */
class Model {
  #newest: number | undefined;
  readonly #seen = new Set<number>();

  take(sequence: number): boolean {
    this.#newest ??= sequence;
    if (sequence <= this.#newest - SEQUENCE_WINDOW) return false;
    if (this.#seen.has(sequence)) return false;
    this.#seen.add(sequence);
    this.#newest = Math.max(this.#newest, sequence);
    return true;
  }
}

describe('the window of a stream', () => {
  it('takes each number once, in whatever order two ways bring it', () => {
    expect(taken([5, 6, 6, 8, 7, 5, 7, 9])).toEqual([true, true, false, true, true, false, false, true]);
  });

  it('goes on over the end of the numbers', () => {
    expect(taken([0xfffe, 0x1_0000, 0xffff, 0xfffe, 0x1_0000])).toEqual([true, true, true, false, false]);
  });

  it('takes what is 64 or more behind for a second copy', () => {
    expect(taken([1_063, 1_000, 999])).toEqual([true, true, false]);
  });

  it('remembers over its whole width what small steps have moved', () => {
    const window = new SequenceWindow();
    const all = Array.from({ length: 200 }, (_, index) => index);
    expect(taken(all, window)).not.toContain(false);
    expect(taken(all, window)).not.toContain(true);
  });

  it('begins anew after a leap either way', () => {
    expect(taken([5_000, 5_000 + SEQUENCE_JUMP + 1, 5_000, 5_000])).toEqual([true, true, true, false]);
    expect(taken([5_000, 5_000 - SEQUENCE_JUMP])).toEqual([true, false]);
  });

  it('begins anew after a long pause', () => {
    const window = new SequenceWindow();
    expect(window.take(7, 1_000)).toBe(true);
    expect(window.take(7, 1_000 + SEQUENCE_PAUSE_MS)).toBe(false);
    expect(window.take(7, 1_001 + 2 * SEQUENCE_PAUSE_MS)).toBe(true);
  });

  it('does as a set of numbers would, for any row of steps', () => {
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: -70, max: 70 }) },
      { weight: 12, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.integer({ min: 60, max: 400 }) },
    );
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(step, { minLength: 200, maxLength: 400 }), (first, steps) => {
        const window = new SequenceWindow();
        const model = new Model();
        // Around the newest, so that no step is a leap; far from zero, so that the model needs no wrapping.
        let newest = first + 0x10_0000;
        let sequence = newest;
        for (const each of [0, ...steps]) {
          sequence = Math.max(sequence + each, newest - 500);
          newest = Math.max(newest, sequence);
          expect(window.take(sequence & 0xffff, 1_000)).toBe(model.take(sequence));
        }
      }),
    );
  });
});
