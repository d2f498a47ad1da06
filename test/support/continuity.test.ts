import { describe, expect, it } from 'vitest';
import { continuityOf } from './continuity.ts';

/** Captured every 20 ms from 0 on, and arrived at the given time. */
const frame = (sequence: number, arrivedAtMs: number, number = sequence) => ({
  sequence,
  arrivedAtMs,
  delayMs: arrivedAtMs - number * 20,
});

describe('continuityOf', () => {
  it('finds nothing wrong with frames that come every 20 ms', () => {
    const frames = [65_534, 65_535, 0, 1].map((sequence, index) => frame(sequence, index * 20 + 5, index));
    expect(continuityOf(frames)).toEqual({
      frames: 4,
      missing: 0,
      duplicates: 0,
      longestGapMs: 0,
      heardGapMs: 0,
      heardGapAtMs: 0,
    });
  });

  it('counts what is missing, what came twice, and the longest silence', () => {
    const frames = [frame(1, 20), frame(2, 40), frame(2, 50), frame(6, 160), frame(5, 165)];
    expect(continuityOf(frames)).toMatchObject({ frames: 4, missing: 2, duplicates: 1, longestGapMs: 100 });
    expect(continuityOf(frames)).toMatchObject({ heardGapMs: 40 });
  });

  it('hears a late frame by what the buffer of 50 ms does not hold back', () => {
    const frames = [frame(0, 3), frame(1, 23), frame(2, 43 + 95), frame(3, 139), frame(4, 140)];
    expect(continuityOf(frames)).toMatchObject({ missing: 0, longestGapMs: 95, heardGapMs: 45 });
    expect(continuityOf(frames.map((one) => ({ ...one, delayMs: Math.min(one.delayMs, 50) })))).toMatchObject(
      { heardGapMs: 0 },
    );
  });

  it('says nothing of a stream that never came', () => {
    expect(continuityOf([])).toMatchObject({ frames: 0, missing: 0, longestGapMs: 0, heardGapMs: 0 });
  });
});
