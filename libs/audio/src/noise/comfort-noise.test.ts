import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowPass, notch } from '../filters/design.ts';
import type { Filter } from '../filters/filter.ts';
import { audioLevelDbov } from '../level.ts';
import { seeded } from '../simulation/seeded.ts';
import { readComfortNoise, writeComfortNoise } from './comfort-noise.ts';
import { ComfortNoiseAnalyser } from './comfort-noise-analyser.ts';
import { ComfortNoiseGenerator } from './comfort-noise-generator.ts';

const RATE = 8000;
const SECONDS = 20;

const white = (level: number, seed = 1, samples = SECONDS * RATE): Float32Array => {
  const random = seeded(seed);
  return Float32Array.from({ length: samples }, () => level * Math.sqrt(3) * (2 * random() - 1));
};

/** Power of the output of an all-pole resonance, as the hum of a fan is. */
const resonant = (hz: number, radius: number, level: number): Float32Array => {
  const noise = white(1, 7);
  const [a1, a2] = [-2 * radius * Math.cos((2 * Math.PI * hz) / RATE), radius * radius];
  let [y1, y2, power] = [0, 0, 0];
  const out = noise.map((x) => {
    const y = x - a1 * y1 - a2 * y2;
    y2 = y1;
    y1 = y;
    power += y * y;
    return y;
  });
  const gain = level / Math.sqrt(power / out.length);
  return out.map((sample) => sample * gain);
};

/** Spectrum by averaged windows of 16 ms (Welch), dB. */
const spectrumDb = (pcm: Float32Array): number[] => {
  const size = 128;
  const power = new Float64Array(size / 2);
  for (let at = 0; at + size <= pcm.length; at += size) {
    for (let bin = 1; bin < size / 2; bin += 1) {
      let [re, im] = [0, 0];
      for (let i = 0; i < size; i += 1) {
        const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
        re += weight * pcm[at + i]! * Math.cos((2 * Math.PI * bin * i) / size);
        im += weight * pcm[at + i]! * Math.sin((2 * Math.PI * bin * i) / size);
      }
      power[bin]! += re * re + im * im;
    }
  }
  return [...power].slice(2).map((value) => 10 * Math.log10(value / (pcm.length / size)));
};

const levelDb = (pcm: Float32Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);

const through = (pcm: Float32Array, filter: Filter): Float32Array => filter.process(pcm.slice());

const regenerated = (noise: Float32Array, order = 10): Float32Array => {
  const analyser = new ComfortNoiseAnalyser({ sampleRate: RATE, order });
  const generator = new ComfortNoiseGenerator({ sampleRate: RATE, seed: 5 });
  const out = new Float32Array(noise.length);
  for (let at = 0; at < noise.length; at += 1600) {
    analyser.process(noise.subarray(at, at + 1600));
    generator.update(analyser.payload());
    generator.generate(out.subarray(at, at + 1600));
  }
  return out;
};

describe('comfort noise', () => {
  it.each([
    ['white', white(0.01)],
    ['dull', through(white(0.05), lowPass({ hz: 900, order: 1, sampleRate: RATE }))],
    ['a fan', resonant(400, 0.95, 0.02)],
    ['hiss', resonant(3000, 0.9, 0.005)],
  ])('%s: what is made from the payload has its level within 1 dB and its spectrum within 2', (_, noise) => {
    const out = regenerated(noise);
    expect(Math.abs(levelDb(out) - levelDb(noise))).toBeLessThan(1);
    const [mine, theirs] = [spectrumDb(out), spectrumDb(noise)];
    const apart = mine.map((value, bin) => value - theirs[bin]!);
    const rms = Math.sqrt(apart.reduce((sum, db) => sum + db * db, 0) / apart.length);
    expect(rms).toBeLessThan(2);
  });

  it('needs the colour: with the level alone the spectrum of a fan is off by more than 6 dB', () => {
    const noise = resonant(400, 0.95, 0.02);
    const out = regenerated(noise, 0);
    expect(Math.abs(levelDb(out) - levelDb(noise))).toBeLessThan(1);
    const theirs = spectrumDb(noise);
    const apart = spectrumDb(out).map((value, bin) => value - theirs[bin]!);
    expect(Math.sqrt(apart.reduce((sum, db) => sum + db * db, 0) / apart.length)).toBeGreaterThan(6);
  });

  it('writes what RFC 3389 says: a level without its highest bit, and 127 for a coefficient of zero', () => {
    const payload = writeComfortNoise({ levelDbov: 42.4, reflections: [0, 0.5, -0.5, 0.9999, -0.9999] });
    expect([...payload]).toEqual([42, 127, 191, 63, 254, 0]);
    expect(writeComfortNoise({ levelDbov: Number.POSITIVE_INFINITY, reflections: [] })[0]).toBe(127);
    expect(readComfortNoise(Uint8Array.of(0x80 | 30))).toEqual({ levelDbov: 30, reflections: [] });
    expect(readComfortNoise(new Uint8Array(0))).toBeUndefined();
    expect(readComfortNoise(new Uint8Array(200).fill(255))!.reflections).toHaveLength(32);
    // The sign: noise in which neighbours are alike has a first coefficient below zero.
    const analyser = new ComfortNoiseAnalyser({ sampleRate: RATE });
    analyser.process(resonant(200, 0.9, 0.1));
    expect(analyser.payload()).toHaveLength(11);
    expect(analyser.payload()[1]).toBeLessThan(60);
  });

  it('keeps coefficients through writing and reading, half a step off at most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.999, max: 0.999, noNaN: true }), { maxLength: 32 }),
        fc.integer({ min: 0, max: 127 }),
        (reflections, levelDbov) => {
          const read = readComfortNoise(writeComfortNoise({ levelDbov, reflections }))!;
          expect(read.levelDbov).toBe(levelDbov);
          read.reflections.forEach((k, i) => {
            expect(Math.abs(k - reflections[i]!)).toBeLessThanOrEqual(0.00394);
          });
        },
      ),
    );
  });

  it('makes sound within full scale from any bytes, and no silence of what is not silent', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (payloads) => {
        const generator = new ComfortNoiseGenerator({ sampleRate: RATE });
        for (const payload of payloads) {
          expect(generator.update(payload)).toBe(payload.length > 0);
          const out = generator.generate(new Float32Array(400));
          expect(out.every((sample) => Math.abs(sample) <= 1)).toBe(true);
        }
      }),
    );
  });

  it('changes to another noise without a step', () => {
    const generator = new ComfortNoiseGenerator({ sampleRate: RATE });
    const level = (payload: readonly number[], ms: number): number => {
      generator.update(Uint8Array.from(payload));
      return levelDb(generator.generate(new Float32Array(8 * ms)));
    };
    expect(Math.abs(level([50], 500) + 50)).toBeLessThan(1);
    expect(level([20], 20)).toBeLessThan(-24);
    expect(Math.abs(level([20], 2000) + 20)).toBeLessThan(1);
    level([127], 2000);
    expect(level([127], 100)).toBeLessThan(-100);
    generator.reset();
    expect(generator.generate(new Float32Array(80)).every((sample) => sample === 0)).toBe(true);
  });

  it('describes a pure hum, silence and what is no number without failing', () => {
    const analyser = new ComfortNoiseAnalyser({ sampleRate: RATE });
    expect([...analyser.payload()]).toEqual([127, ...Array(10).fill(127)]);
    analyser.process(Float32Array.from({ length: RATE }, (_, i) => 0.1 * Math.sin(i / 10)));
    for (const k of analyser.noise.reflections) expect(Math.abs(k)).toBeLessThan(1);
    expect(analyser.payload()[0]).toBe(23);
    analyser.process(new Float32Array(160).fill(Number.NaN));
    for (const k of analyser.noise.reflections) expect(Number.isFinite(k)).toBe(true);
    analyser.reset();
    expect(analyser.payload()[0]).toBe(127);
    expect(() => new ComfortNoiseAnalyser({ order: 40 })).toThrow(/0 to 32/);
    expect(() => new ComfortNoiseGenerator({ sampleRate: 0 })).toThrow(/8000 or more/);
  });

  it('agrees with RFC 6464 on what a level is', () => {
    const noise = through(white(0.03), notch({ hz: 1000, widthHz: 200, sampleRate: RATE }));
    const analyser = new ComfortNoiseAnalyser({ sampleRate: RATE });
    analyser.process(noise);
    expect(Math.abs(analyser.payload()[0]! - audioLevelDbov(noise))).toBeLessThanOrEqual(1);
  });
});
