import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spread } from './spread.ts';

const groups = fc.array(fc.array(fc.string(), { maxLength: 20 }), { maxLength: 20 });

describe('spreading moves', () => {
  it('keeps everybody once, rooms together, in the first three quarters of the window', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 600_000 }), (rooms, windowMs) => {
        const moves = spread(rooms, windowMs);
        expect(moves.map(({ item }) => item)).toEqual(rooms.flat());
        for (const [index, { afterMs }] of moves.entries()) {
          expect(afterMs).toBeLessThanOrEqual(windowMs * 0.75);
          if (index > 0) expect(afterMs).toBeGreaterThanOrEqual(moves[index - 1]!.afterMs);
        }
      }),
    );
  });

  it('is even, so that no two come closer than the others', () => {
    const moves = spread([Array.from({ length: 300 }, (_, index) => index)], 20_000);
    const gaps = moves.slice(1).map(({ afterMs }, index) => afterMs - moves[index]!.afterMs);
    for (const gap of gaps) expect(gap).toBeCloseTo(50, 6);
  });

  it('does not make a few wait for a long window', () => {
    const last = spread([[1, 2], [3]], 3_600_000).at(-1);
    expect(last?.afterMs).toBeLessThanOrEqual(600);
  });
});
