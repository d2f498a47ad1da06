import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from './quantile.ts';
import { BOUNDS } from './status-fixture.ts';

describe('quantile', () => {
  it('is read within the bucket in which it lies', () => {
    expect(quantile([100, 0, 0, 0], BOUNDS, 0.5)).toBeCloseTo(0.005);
    expect(quantile([50, 50, 0, 0], BOUNDS, 0.95)).toBeCloseTo(0.01 + 0.9 * 0.09);
    expect(quantile([0, 0, 10, 0], BOUNDS, 0)).toBeCloseTo(0.1);
  });

  it('of nothing is nothing, and over every bound it is the highest', () => {
    expect(quantile([0, 0, 0, 0], BOUNDS, 0.5)).toBeUndefined();
    expect(quantile([], BOUNDS, 0.5)).toBeUndefined();
    expect(quantile([0, 0, 0, 3], BOUNDS, 0.5)).toBe(1);
  });

  it('rises with the share and lies in the bucket of the exact value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const counts = [0, 0, 0, 0];
          const bucketOf = (value: number): number => BOUNDS.findIndex((bound) => value <= bound);
          for (const value of values) counts[bucketOf(value)]! += 1;
          const sorted = [...values].sort((one, other) => one - other);
          const exact = sorted[Math.max(0, Math.ceil(share * values.length - 1e-9) - 1)]!;
          const read = quantile(counts, BOUNDS, share)!;
          const bucket = bucketOf(exact);
          expect(read).toBeLessThanOrEqual(BOUNDS[bucket]! + 1e-9);
          expect(read).toBeGreaterThanOrEqual((BOUNDS[bucket - 1] ?? 0) - 1e-9);
          expect(quantile(counts, BOUNDS, share / 2)!).toBeLessThanOrEqual(read + 1e-9);
        },
      ),
    );
  });
});
