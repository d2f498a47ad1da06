import { describe, expect, it } from 'vitest';
import { tonesAt } from './tones.ts';

const RATE = 48_000;

/** A hum throughout, and a beep of 70 ms at each of the given times. */
const beeps = (frequencyHz: number, atMs: readonly number[], lengthMs = 4_000) => ({
  startsAtMs: 1_000,
  sampleRate: RATE,
  samples: Float32Array.from({ length: (RATE * lengthMs) / 1_000 }, (_, i) => {
    const ms = (1_000 * i) / RATE;
    const hum = 0.1 * Math.sin((2 * Math.PI * 150 * i) / RATE);
    const sounding = atMs.some((start) => ms >= start && ms < start + 70);
    return hum + (sounding ? 0.5 * Math.sin((2 * Math.PI * frequencyHz * i) / RATE) : 0);
  }),
});

describe('tonesAt', () => {
  it('tells when the tones of a frequency begin', () => {
    const found = tonesAt(beeps(1_500, [500, 2_500]), 1_500);
    expect(found).toHaveLength(2);
    expect(Math.abs(found[0]! - 1_500)).toBeLessThanOrEqual(10);
    expect(Math.abs(found[1]! - 3_500)).toBeLessThanOrEqual(10);
  });

  it('finds none of another frequency, in a hum, or in silence', () => {
    expect(tonesAt(beeps(1_500, [500]), 500)).toEqual([]);
    expect(tonesAt(beeps(1_500, []), 1_500)).toEqual([]);
    expect(tonesAt({ startsAtMs: 0, sampleRate: RATE, samples: new Float32Array(RATE) }, 500)).toEqual([]);
  });
});
