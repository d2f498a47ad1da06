import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldHistogram, HOP_LATENCY_BUCKETS_SECONDS } from './field-histogram.ts';

describe('HOP_LATENCY_BUCKETS_SECONDS', () => {
  it('has buckets of at most 10 % from 20 ms to 120 ms', () => {
    const fine = HOP_LATENCY_BUCKETS_SECONDS.filter((bound) => bound >= 0.02 && bound <= 0.12);
    expect(fine[0]).toBe(0.02);
    expect(fine.at(-1)).toBe(0.12);
    for (let index = 1; index < fine.length; index++) {
      expect(fine[index]! / fine[index - 1]!).toBeLessThanOrEqual(1.1 + 1e-9);
    }
  });

  it('reaches from 0.25 ms to 2 s', () => {
    expect(HOP_LATENCY_BUCKETS_SECONDS[0]).toBe(0.00025);
    expect(HOP_LATENCY_BUCKETS_SECONDS.at(-1)).toBe(2);
  });
});

describe('FieldHistogram', () => {
  it('puts every value into the first bucket whose bound is not below it', () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 4, noNaN: true }),
      fc.constantFrom(...HOP_LATENCY_BUCKETS_SECONDS),
    );
    fc.assert(
      fc.property(value, (seconds) => {
        const histogram = new FieldHistogram();
        histogram.observe(seconds);
        const expected = HOP_LATENCY_BUCKETS_SECONDS.findIndex((bound) => bound >= seconds);
        const bucket = expected === -1 ? HOP_LATENCY_BUCKETS_SECONDS.length : expected;
        expect(histogram.counts.indexOf(1)).toBe(bucket);
        expect(histogram.count).toBe(1);
        expect(histogram.sum).toBe(seconds);
      }),
    );
  });

  it('counts negative values as zero, infinity above every bound, and ignores NaN', () => {
    const histogram = new FieldHistogram([0.001, 0.01]);
    histogram.observe(-5);
    histogram.observe(Number.NaN);
    histogram.observe(Number.POSITIVE_INFINITY);
    expect([...histogram.counts]).toEqual([1, 0, 1]);
  });

  it('counts what occurred several times in one call', () => {
    const histogram = new FieldHistogram([0.001, 0.01]);
    histogram.observe(0.005, 4);
    histogram.observe(-1, 2);
    expect([...histogram.counts]).toEqual([2, 4, 0]);
    expect(histogram.sum).toBeCloseTo(0.02);
    expect(histogram.count).toBe(6);
  });

  it('refuses bounds that do not rise', () => {
    expect(() => new FieldHistogram([0.1, 0.1])).toThrow(/rise/);
    expect(() => new FieldHistogram([])).toThrow(/rise/);
  });
});
