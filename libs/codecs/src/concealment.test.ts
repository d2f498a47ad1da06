import { describe, expect, it } from 'vitest';
import { Concealment } from './concealment.ts';

/** A voice of some pitch, at full level for a second. */
const vowel = (rate: number, hz: number): Float32Array =>
  Float32Array.from({ length: rate }, (_, i) => {
    const phase = (2 * Math.PI * hz * i) / rate;
    return 0.3 * Math.sin(phase) + 0.15 * Math.sin(2 * phase + 1) + 0.1 * Math.sin(3 * phase + 2);
  });

const rms = (pcm: Float32Array): number => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);
const steepest = (pcm: Float32Array): number =>
  pcm.reduce((most, x, i) => (i === 0 ? 0 : Math.max(most, Math.abs(x - pcm[i - 1]!))), 0);

describe.each([8000, 16000, 48000])('concealment at %i Hz', (rate) => {
  const frame = rate / 50;

  it.each([90, 140, 231, 380])('goes on with a voice of %i Hz for a lost frame, in its phase', (hz) => {
    const voice = vowel(rate, hz);
    const concealment = new Concealment(rate);
    for (let at = 0; at < 10 * frame; at += frame) concealment.received(voice.slice(at, at + frame));
    const made = concealment.conceal(frame);
    const truth = voice.slice(10 * frame, 11 * frame);
    // It fades by a fifth from the 10th ms on.
    expect(rms(made.map((x, i) => x - truth[i]!))).toBeLessThan(0.35 * rms(truth));
  });

  it('has no click at its beginning, within, or at its end', () => {
    const voice = vowel(rate, 123);
    const concealment = new Concealment(rate);
    const heard: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const lost = [8, 9, 10, 11, 15].includes(n);
      const pcm = lost ? concealment.conceal(frame) : voice.slice(n * frame, (n + 1) * frame);
      if (!lost) concealment.received(pcm);
      heard.push(...pcm);
    }
    expect(steepest(Float32Array.from(heard))).toBeLessThan(1.5 * steepest(voice));
  });

  it('fades out within 60 ms, and makes nothing out of nothing', () => {
    const concealment = new Concealment(rate);
    expect(rms(concealment.conceal(frame))).toBe(0);
    concealment.received(vowel(rate, 150));
    const made = [0, 1, 2, 3].map(() => rms(concealment.conceal(frame)));
    expect(made[0]).toBeGreaterThan(made[1]!);
    expect(made[1]).toBeGreaterThan(made[2]!);
    expect(made[2]).toBeGreaterThan(0);
    expect(made[3]).toBe(0);
  });

  it('never makes up more than full scale, not even out of noise as loud as can be', () => {
    const concealment = new Concealment(rate);
    let state = 7;
    for (let i = 0; i < 200; i += 1) {
      const noise = Float32Array.from({ length: frame }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state > 2 ** 31 ? 1 : -1;
      });
      concealment.received(noise);
      const peak = (pcm: Float32Array) => pcm.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(peak(noise)).toBeLessThanOrEqual(1);
      expect(peak(concealment.conceal(frame))).toBeLessThanOrEqual(1);
    }
  });
});
