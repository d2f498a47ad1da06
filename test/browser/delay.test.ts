import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../support/seeded-random.ts';
import { locate, measureDelays } from './delay.ts';
import { joinBlocks, levelDb, type Timeline } from './timeline.ts';

/** Noise that changes its colour: no piece resembles another. */
function babble(seed: number, seconds: number, sampleRate = 48_000): Float32Array {
  const random = new SeededRandom(seed);
  let low = 0;
  return Float32Array.from({ length: seconds * sampleRate }, (_, i) => {
    low += (random.u32() / 2_147_483_648 - 1 - low) * (0.05 + 0.04 * Math.sin(i / 5_000));
    return low;
  });
}

const delayed = (samples: Float32Array, delayMs: number, sampleRate: number): Timeline => ({
  startsAtMs: 1_000_000 + delayMs,
  sampleRate,
  samples,
});

describe('measureDelays', () => {
  it('finds the delay of every piece to a fraction of a millisecond', () => {
    const samples = babble(1, 3);
    const found = measureDelays(delayed(samples, 0, 48_000), delayed(samples, 73.5, 48_000), { mostMs: 300 });
    expect(found.length).toBeGreaterThanOrEqual(2);
    for (const { delayMs, correlation } of found) {
      expect(delayMs).toBeCloseTo(73.5, 1);
      expect(correlation).toBeGreaterThan(0.99);
    }
  });

  it('skips silence and tells strangers by their low correlation', () => {
    const silence = delayed(new Float32Array(96_000), 0, 48_000);
    expect(measureDelays(silence, silence)).toEqual([]);
    const found = measureDelays(delayed(babble(2, 2), 0, 48_000), delayed(babble(3, 2), 0, 48_000), {
      mostMs: 100,
    });
    for (const { correlation } of found) expect(correlation).toBeLessThan(0.5);
  });
});

describe('locate', () => {
  it('finds where a piece begins', () => {
    const recording = delayed(babble(4, 5), 0, 48_000);
    const piece = delayed(recording.samples.subarray(2 * 48_000, 4 * 48_000), 0, 48_000);
    expect(locate(piece, recording)).toBeCloseTo(recording.startsAtMs + 2_000, 0);
  });
});

describe('joinBlocks', () => {
  const block = (startsAtMs: number, value: number) => ({
    startsAtMs,
    sampleRate: 1_000,
    samples: new Int16Array(10).fill(value),
  });

  it('averages out what single blocks get wrong about time', () => {
    const joined = joinBlocks([
      block(500, 1),
      block(510.4, 2),
      block(520, 3),
      block(529.8, 4),
      block(540, 5),
    ]);
    expect(joined.startsAtMs).toBe(500);
    expect(joined.samples).toHaveLength(50);
  });

  it('fills gaps with silence', () => {
    const joined = joinBlocks([block(0, 16_384), block(110, 16_384)]);
    expect(joined.samples).toHaveLength(120);
    expect(joined.samples[50]).toBe(0);
    expect(joined.samples[115]).toBe(0.5);
    expect(levelDb({ samples: joined.samples.subarray(20, 100) })).toBe(-120);
  });
});
