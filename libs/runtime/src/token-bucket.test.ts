import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

describe('TokenBucket', () => {
  it('gives the burst at once and then the rate', () => {
    const bucket = new TokenBucket(50, 3);
    expect([1, 2, 3, 4].map(() => bucket.take(1, 1000))).toEqual([true, true, true, false]);
    expect(bucket.take(1, 1019)).toBe(false);
    expect(bucket.take(1, 1020)).toBe(true);
    expect(bucket.take(1, 1020)).toBe(false);
  });

  it('takes nothing when there is not enough', () => {
    const bucket = new TokenBucket(1, 10);
    expect(bucket.take(11, 0)).toBe(false);
    expect(bucket.take(10, 0)).toBe(true);
  });

  it('gains nothing from a time that goes backwards', () => {
    const bucket = new TokenBucket(10, 1);
    expect(bucket.take(1, 5000)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 5050)).toBe(false);
    expect(bucket.take(1, 5100)).toBe(true);
  });

  it('never gives more than burst plus rate times elapsed time', () => {
    const request = fc.record({
      gapMs: fc.integer({ min: 0, max: 500 }),
      count: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(request, { maxLength: 200 }),
        (rate, burst, requests) => {
          const bucket = new TokenBucket(rate, burst);
          let nowMs = 1e12;
          let taken = 0;
          for (const { gapMs, count } of requests) {
            nowMs += gapMs;
            if (bucket.take(count, nowMs)) taken += count;
          }
          expect(taken).toBeLessThanOrEqual(burst + (rate * (nowMs - 1e12)) / 1000);
        },
      ),
    );
  });

  it('refuses rates and bursts that are not positive', () => {
    expect(() => new TokenBucket(0, 1)).toThrow(/positive/);
    expect(() => new TokenBucket(1, Number.NaN)).toThrow(/positive/);
  });
});
