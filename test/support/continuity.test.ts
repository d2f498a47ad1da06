import { describe, expect, it } from 'vitest';
import { continuityOf } from './continuity.ts';
import type { HeardFrame } from './reception.ts';

const frame = (sequence: number, arrivedAtMs: number): HeardFrame => ({
  arrivedAtMs,
  delayMs: 1,
  topic: 1,
  topicSequence: sequence,
  streamId: 7,
  sequence,
  flags: 0,
  level: 30,
  active: true,
});

describe('continuityOf', () => {
  it('finds nothing wrong with frames that come every 20 ms', () => {
    const frames = [65_534, 65_535, 0, 1].map((sequence, index) => frame(sequence, index * 20));
    expect(continuityOf(frames)).toMatchObject({ frames: 4, missing: 0, duplicates: 0, longestGapMs: 0 });
  });

  it('counts what is missing, what came twice, and the longest silence', () => {
    const frames = [frame(1, 0), frame(2, 20), frame(2, 30), frame(5, 140), frame(4, 150)];
    expect(continuityOf(frames)).toEqual({
      frames: 4,
      missing: 1,
      duplicates: 1,
      longestGapMs: 100,
      longestGapAtMs: 140,
    });
  });

  it('says nothing of a stream that never came', () => {
    expect(continuityOf([])).toMatchObject({ frames: 0, missing: 0, longestGapMs: 0 });
  });
});
