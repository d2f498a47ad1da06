import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('doubles the bound of the delay up to the maximum', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 500, random: () => 0.5 });
    expect([1, 2, 3, 4, 5].map(() => backoff.nextDelayMs())).toEqual([50, 100, 200, 250, 250]);
    expect(backoff.attempts).toBe(5);
  });

  it('starts over after a reset', () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 500, random: () => 0.5 });
    backoff.nextDelayMs();
    backoff.nextDelayMs();
    backoff.reset();
    expect(backoff.nextDelayMs()).toBe(50);
  });

  it('never leaves its bounds, however often it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (calls, r) => {
          const backoff = new Backoff({ baseMs: 10, maxMs: 30_000, factor: 3, random: () => r });
          let delayMs = 0;
          for (let call = 0; call < calls; call++) delayMs = backoff.nextDelayMs();
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThan(30_000);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses bounds that make no sense', () => {
    expect(() => new Backoff({ baseMs: 0, maxMs: 10 })).toThrow(/baseMs/);
    expect(() => new Backoff({ baseMs: 20, maxMs: 10 })).toThrow(/baseMs/);
    expect(() => new Backoff({ baseMs: 1, maxMs: 10, factor: 0.5 })).toThrow(/factor/);
  });
});
