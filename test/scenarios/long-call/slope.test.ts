import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../support/seeded-random.ts';
import { growthPerSecond, type Sample } from './slope.ts';
import { driftOf, MOST_HEAP_GROWTH } from './verdict.ts';

const MIB = 1_048_576;

/** A heap of 12 MiB, looked at every 15 s after a collection, which leaves up to 200 KiB more or less. */
const heap = (seed: number, minutes: number, leakPerSecond: number): Sample[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: minutes * 4 }, (_, index) => {
    const seconds = index * 15;
    const noise = (random.u32() / 0xffff_ffff - 0.5) * 400 * 1_024;
    return { atMs: 5_000 + seconds * 1_000, value: 12 * MIB + noise + seconds * leakPerSecond };
  });
};

describe('growthPerSecond', () => {
  it('finds a flat heap flat, whatever a collection leaves behind', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      expect(Math.abs(growthPerSecond(heap(seed, 8, 0)))).toBeLessThan(MOST_HEAP_GROWTH);
    }
  });

  it('finds a leak of 1 KB a second in eight minutes', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      expect(growthPerSecond(heap(seed, 8, 1_000))).toBeGreaterThan(MOST_HEAP_GROWTH);
    }
  });

  it('is not moved by a step at the beginning or single spikes', () => {
    const samples = heap(7, 8, 0);
    for (const index of [0, 1, 2]) samples[index]!.value -= 2 * MIB;
    samples[20]!.value += 30 * MIB;
    expect(Math.abs(growthPerSecond(samples))).toBeLessThan(MOST_HEAP_GROWTH * 2);
  });

  it('refuses to judge a handful of samples', () => {
    expect(() => growthPerSecond(heap(1, 8, 0).slice(0, 5))).toThrow(/5 samples are too few/);
  });
});

describe('driftOf', () => {
  /** Ten minutes of 90 ms; beside others, up to 200 ms more for most of the time. */
  const delays = (creepMs: number, isBusy: boolean): Sample[] =>
    Array.from({ length: 10 }, (_, minute) => ({
      atMs: minute * 60_000,
      value: 90 + minute * creepMs + (isBusy && minute % 3 !== 1 ? 60 + 20 * minute : 0),
    }));

  it('compares the second minute with the last', () => {
    expect(driftOf(delays(2, false), false)).toEqual({ first: 92, last: 108 });
  });

  it('is not taken in by load, and sees through it what creeps up', () => {
    expect(driftOf(delays(0, true), true)).toEqual({ first: 90, last: 90 });
    const { first, last } = driftOf(delays(10, true), true);
    expect(last - first).toBe(60);
  });
});
