import { testVoice } from '@partyline/audio';
import { describe, expect, it } from 'vitest';
import type { TapBlock } from '../../browser/page-taps.ts';
import { Hearing } from './codec-hearing.ts';

const SAMPLE_RATE = 48_000;
const DELAY_MS = 120;
const at = (ms: number): number => (ms * SAMPLE_RATE) / 1_000;

const blockOf = (samples: Float32Array, startsAtMs: number): TapBlock[] => [
  { startsAtMs, sampleRate: SAMPLE_RATE, samples: Int16Array.from(samples, (value) => value * 32_767) },
];
/** Noise that is the same each time, without a pause: all of it counts as voice. */
const voice = (): Float32Array => {
  let seed = 7;
  return Float32Array.from({ length: at(4_000) }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 0.3 * (seed / 1_073_741_824 - 1);
  });
};
/** What somebody heard of the voice, `DELAY_MS` later. */
const heardAs = (samples: Float32Array): Hearing =>
  new Hearing({ microphone: blockOf(voice(), 1_000) }, { loudspeaker: blockOf(samples, 1_000 + DELAY_MS) });

describe('Hearing', () => {
  it('finds no gap in what was heard whole, and says how much there was to find one in', () => {
    const { gapMs, spokenMs } = heardAs(voice()).longestGap();
    expect(gapMs).toBe(0);
    expect(spokenMs).toBeGreaterThan(3_500);
  });

  it('finds a hole, its length and its place', () => {
    const holed = voice().fill(0, at(2_000), at(2_080));
    const { gapMs, atMs } = heardAs(holed).longestGap();
    expect(Math.abs(gapMs - 80)).toBeLessThanOrEqual(10);
    expect(Math.abs(atMs - 3_080)).toBeLessThanOrEqual(20);
  });

  it('tells a voice from another one', () => {
    expect(heardAs(voice()).likeness(1_500, 4_000)).toBeGreaterThan(0.99);
    expect(heardAs(testVoice(4)).likeness(1_500, 4_000)).toBeLessThan(0.3);
  });

  it('hears what is left above a telephone band', () => {
    const low = voice();
    // A mean over 12 samples has little above 4 kHz left.
    const dull = low.map(
      (_, index) => low.subarray(Math.max(0, index - 11), index + 1).reduce((a, b) => a + b, 0) / 12,
    );
    const bright = heardAs(voice()).aboveDb(1_500, 4_000);
    const muffled = heardAs(dull).aboveDb(1_500, 4_000);
    expect(Math.abs(bright.spoken - bright.heard)).toBeLessThan(0.5);
    expect(muffled.spoken - muffled.heard).toBeGreaterThan(12);
  });
});
