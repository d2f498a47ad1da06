import { describe, expect, it } from 'vitest';
import { Mixer } from './mixer.ts';
import { LIMIT, PeakLimiter } from './peak-limiter.ts';
import { seeded } from './simulation/seeded.ts';

function constantFrame(value: number): Float32Array {
  return new Float32Array(960).fill(value);
}

/** Feeds each stream its constant in real time and returns the last second of the mix. */
function mixOf(mixer: Mixer, levels: readonly number[], seconds = 2): Float32Array {
  const out = new Float32Array(960);
  const heard: number[] = [];
  for (let i = 0; i < seconds * 50; i += 1) {
    levels.forEach((level, id) => {
      mixer.push(id, constantFrame(level), i, i * 20, i * 20 + 5);
    });
    mixer.pull(out);
    if (i >= (seconds - 1) * 50) heard.push(...out);
  }
  return Float32Array.from(heard);
}

describe('mixer', () => {
  it('sums its streams', () => {
    const mix = mixOf(new Mixer(), [0.1, 0.2, 0.3]);
    expect(Math.min(...mix)).toBeCloseTo(0.6, 5);
    expect(Math.max(...mix)).toBeCloseTo(0.6, 5);
  });

  it('never goes beyond its limit', () => {
    const mix = mixOf(new Mixer(), [0.9, 0.9, 0.9, 0.9, 0.9]);
    expect(Math.max(...mix)).toBeLessThanOrEqual(LIMIT + 1e-6);
    expect(Math.min(...mix)).toBeGreaterThan(0.8);
  });

  it('follows a gain for each stream without a jump, also one set before the stream is heard', () => {
    const mixer = new Mixer();
    mixer.setGain(1, 0);
    expect(mixOf(mixer, [0.2, 0.5]).at(-1)).toBeCloseTo(0.2, 5);
    mixer.setGain(1, 0.5);
    const out = new Float32Array(960);
    mixer.push(0, constantFrame(0.2), 100, 2000, 2005);
    mixer.push(1, constantFrame(0.5), 100, 2000, 2005);
    mixer.pull(out);
    for (let i = 1; i < out.length; i += 1) expect(Math.abs(out[i]! - out[i - 1]!)).toBeLessThan(0.01);
    expect(() => mixer.setGain(1, Number.NaN)).toThrow(/0 to 4/);
  });

  it('lets go of streams that fell silent, and of removed ones', () => {
    const mixer = new Mixer();
    mixOf(mixer, [0.1, 0.2]);
    mixer.remove(1);
    expect(mixer.streamIds).toEqual([0]);
    expect(mixer.prune(1000)).toEqual([]);
    for (let i = 0; i < 60; i += 1) mixer.pull(new Float32Array(960));
    expect(mixer.prune(1000)).toEqual([0]);
    expect(mixer.stream(0)).toBeUndefined();
  });

  it('refuses streams beyond its bound and counts their frames', () => {
    const mixer = new Mixer({ maxStreams: 2 });
    mixOf(mixer, [0.1, 0.1, 0.1], 1);
    expect(mixer.streamIds).toEqual([0, 1]);
    expect(mixer.refusedFrames).toBe(50);
  });
});

describe('peak limiter', () => {
  it('leaves alone what is below −1 dBFS', () => {
    const random = seeded(1);
    const pcm = Float32Array.from({ length: 4800 }, () => (random() * 2 - 1) * 0.89);
    const limited = pcm.slice();
    new PeakLimiter(48000).process(limited);
    expect(limited).toEqual(pcm);
  });

  it('is back to unchanged sound a second after a peak', () => {
    const pcm = new Float32Array(96000).fill(0.5);
    pcm[0] = 3;
    new PeakLimiter(48000).process(pcm);
    expect(Math.abs(pcm[0]!)).toBeCloseTo(LIMIT, 5);
    expect(pcm[48000]).toBe(0.5);
  });
});
