import { describe, expect, it } from 'vitest';
import { steepest } from '../test/playout-simulation.ts';
import { seeded } from './simulation/seeded.ts';
import { TimeStretch } from './time-stretch.ts';

/** Runs all of `input` through the stretch with a constant excess, and gives the result. */
function stretched(input: Float32Array, excessMs: number): Float32Array {
  const stretch = new TimeStretch(48000);
  const output: number[] = [];
  let at = 0;
  while (at < input.length) {
    const ahead = (out: Float32Array) => {
      const piece = input.subarray(at, at + out.length);
      out.set(piece);
      return piece.length;
    };
    const splice = stretch.splice(excessMs, ahead);
    if (splice !== undefined) {
      output.push(...splice.output);
      at += splice.advancedSamples;
    }
    const piece = input.subarray(at, at + 128);
    output.push(...piece);
    stretch.played(piece.length);
    at += piece.length;
  }
  return Float32Array.from(output);
}

/** Two tones that never repeat together, so that no splice fits exactly. */
const inharmonic = Float32Array.from(
  { length: 96000 },
  (_, i) => 0.3 * Math.sin(i * 0.031) + 0.2 * Math.sin(i * 0.0737),
);

describe('time stretch', () => {
  it.each([
    [100, 1 / 1.1],
    [300, 1 / 1.3],
    [-100, 1.1],
  ])('at %i ms of excess gives about %d of the time, without a click', (excessMs, factor) => {
    const output = stretched(inharmonic, excessMs);
    expect(output.length / inharmonic.length).toBeGreaterThan(factor - 0.02);
    expect(output.length / inharmonic.length).toBeLessThan(factor + 0.02);
    expect(steepest(output)).toBeLessThan(steepest(inharmonic) * 1.3);
  });

  it('keeps the pitch', () => {
    const tone = Float32Array.from(
      { length: 96000 },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * 200 * i) / 48000),
    );
    const crossings = (pcm: Float32Array) =>
      pcm.filter((sample, i) => i > 0 && sample >= 0 && pcm[i - 1]! < 0).length;
    const output = stretched(tone, 100);
    expect(crossings(output) / (output.length / 48000)).toBeCloseTo(200, -0.5);
  });

  it('also shortens sound that does not repeat itself, after trying for a while', () => {
    const random = seeded(6);
    const noise = Float32Array.from({ length: 96000 }, () => random() - 0.5);
    expect(stretched(noise, 100).length).toBeLessThan(96000 * 0.98);
  });

  it('leaves sound alone near the target', () => {
    expect(stretched(inharmonic, 5)).toEqual(inharmonic);
    expect(stretched(inharmonic, -1)).toEqual(inharmonic);
  });
});
