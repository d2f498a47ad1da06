import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandPass, highPass, lowPass, notch, telephoneBand } from './design.ts';
import type { Filter } from './filter.ts';

/** Gain of the running filter for a steady tone, dB: its start is left out, and the rest compared with sine and cosine. */
const measuredDb = (filter: Filter, hz: number): number => {
  const { sampleRate } = filter;
  const settled = sampleRate;
  const pcm = Float32Array.from({ length: 2 * settled }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / sampleRate),
  );
  filter.reset();
  filter.process(pcm);
  let [re, im] = [0, 0];
  for (let i = settled; i < pcm.length; i += 1) {
    re += pcm[i]! * Math.sin((2 * Math.PI * hz * i) / sampleRate);
    im += pcm[i]! * Math.cos((2 * Math.PI * hz * i) / sampleRate);
  }
  return 20 * Math.log10((2 * Math.hypot(re, im)) / settled);
};

/** Whole numbers of periods in the second that is measured. */
const TEN = [50, 100, 200, 300, 700, 1000, 2000, 3000, 3400, 3700];

describe('filters', () => {
  it.each([
    ['low pass, order 1', () => lowPass({ hz: 1000, order: 1, sampleRate: 8000 })],
    ['low pass, 48 dB an octave', () => lowPass({ hz: 1000, dbPerOctave: 48, sampleRate: 16000 })],
    ['low pass at 48 kHz', () => lowPass({ hz: 1500, order: 5 })],
    ['high pass', () => highPass({ hz: 300, sampleRate: 8000 })],
    ['high pass at 48 kHz, order 3', () => highPass({ hz: 100, order: 3 })],
    ['band pass', () => bandPass({ lowHz: 500, highHz: 2500, order: 3, sampleRate: 16000 })],
    ['narrow band pass', () => bandPass({ lowHz: 950, highHz: 1050, order: 2, sampleRate: 44100 })],
    ['notch', () => notch({ hz: 1000, widthHz: 100, sampleRate: 8000 })],
    ['notch, order 3', () => notch({ hz: 2100, widthHz: 400, order: 3 })],
    ['telephone band', () => telephoneBand({ sampleRate: 16000 })],
  ])('%s: what runs is within 0.1 dB of theory at ten frequencies', (_, make) => {
    const filter = make();
    let compared = 0;
    for (const hz of TEN) {
      const theory = filter.responseDb(hz);
      const measured = measuredDb(filter, hz);
      // Single precision, in which sound goes in and out, ends near −140 dB.
      if (theory < -110) expect(measured).toBeLessThan(-105);
      else expect(Math.abs(measured - theory), `${hz} Hz: ${measured} dB, ${theory} dB`).toBeLessThan(0.1);
      compared += theory < -110 ? 0 : 1;
    }
    expect(compared).toBeGreaterThanOrEqual(7);
  });

  it('is −3.01 dB at the edges, at any rate', () => {
    const half = 10 * Math.log10(0.5);
    for (const sampleRate of [8000, 16000, 24000, 32000, 44100, 48000]) {
      expect(measuredDb(lowPass({ hz: 1000, sampleRate }), 1000)).toBeCloseTo(half, 3);
      expect(measuredDb(highPass({ hz: 1000, order: 7, sampleRate }), 1000)).toBeCloseTo(half, 3);
      const telephone = telephoneBand({ sampleRate });
      expect(measuredDb(telephone, 300)).toBeCloseTo(half, 3);
      expect(measuredDb(telephone, 3400)).toBeCloseTo(half, 3);
      // The edges of a notch are as far apart as was asked for, and lie on a warped scale around its centre.
      const hum = notch({ hz: 1000, widthHz: 200, sampleRate });
      const crossings = Array.from({ length: 400 }, (_, i) => 800 + i).filter(
        (hz) => hum.responseDb(hz) > half !== hum.responseDb(hz + 1) > half,
      );
      expect(crossings).toHaveLength(2);
      expect(Math.abs(crossings[1]! - crossings[0]! - 200)).toBeLessThanOrEqual(1);
      expect(measuredDb(hum, 1000)).toBeLessThan(-100);
    }
  });

  it('keeps the stop band as designed, with the least order that does', () => {
    const low = lowPass({ hz: 3400, stop: { hz: 4600, db: 40 } });
    expect(measuredDb(low, 4600)).toBeLessThan(-40);
    expect(lowPass({ hz: 3400, order: low.order - 1 }).responseDb(4600)).toBeGreaterThan(-40);
    for (const hz of [5000, 8000, 12_000, 20_000]) expect(measuredDb(low, hz)).toBeLessThan(-40);
    const high = highPass({ hz: 300, stop: { hz: 100, db: 30 } });
    for (const hz of [20, 50, 100]) expect(measuredDb(high, hz)).toBeLessThan(-30);
    const telephone = telephoneBand();
    for (const hz of [50, 100, 7000, 10_000]) expect(measuredDb(telephone, hz)).toBeLessThan(-35);
    for (const hz of [400, 1000, 2000, 3000]) expect(measuredDb(telephone, hz)).toBeGreaterThan(-1);
  });

  it('falls by 6 dB an octave for each order, far from the edge', () => {
    for (const order of [1, 2, 3, 4]) {
      const filter = highPass({ hz: 8000, order });
      expect(measuredDb(filter, 200) - measuredDb(filter, 100)).toBeCloseTo(6.02 * order, 1);
    }
  });

  it('has the sections of the cookbook for order 2', () => {
    // R. Bristow-Johnson's low pass with Q = 1/√2, written out, against the impulse response.
    const w = (2 * Math.PI * 1000) / 48000;
    const alpha = Math.sin(w) / Math.SQRT2;
    const [b0, a0, a1, a2] = [(1 - Math.cos(w)) / 2, 1 + alpha, -2 * Math.cos(w), 1 - alpha];
    const impulse = Float32Array.of(1, 0, 0, 0);
    lowPass({ hz: 1000, order: 2 }).process(impulse);
    const h0 = b0 / a0;
    const h1 = (2 * b0 - a1 * h0) / a0;
    const h2 = (b0 - a1 * h1 - a2 * h0) / a0;
    for (const [i, h] of [h0, h1, h2].entries()) expect(impulse[i]).toBeCloseTo(h, 8);
  });

  it('delays what it lets through as long as it says', () => {
    const filter = bandPass({ lowHz: 500, highHz: 2000 });
    const delay = filter.delaySamples(1000);
    // A tone that swells and fades: its envelope moves by the group delay.
    const pcm = Float32Array.from(
      { length: 24_000 },
      (_, i) => Math.exp(-(((i - 8000) / 1500) ** 2)) * Math.sin((2 * Math.PI * 1000 * i) / 48_000),
    );
    filter.process(pcm);
    let [weight, moment] = [0, 0];
    for (let i = 0; i < pcm.length; i += 1) {
      weight += pcm[i]! ** 2;
      moment += i * pcm[i]! ** 2;
    }
    expect(moment / weight - 8000).toBeCloseTo(delay, 0);
    expect(delay).toBeGreaterThan(10);
  });

  it('gives the same in pieces of any size as in one, and again after a reset', () => {
    const input = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i * 1e-4));
    const filter = telephoneBand({ sampleRate: 16000 });
    const whole = filter.process(input.slice());
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1 }), (sizes) => {
        filter.reset();
        const pieces = input.slice();
        let at = 0;
        for (let turn = 0; at < pieces.length && turn < 5000; turn += 1) {
          const size = sizes[turn % sizes.length]! || 1;
          filter.process(pieces.subarray(at, at + size));
          at += size;
        }
        expect(pieces).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('stays stable: white noise never grows, and silence comes back after samples that are no numbers', () => {
    for (const order of [1, 4, 16]) {
      const filter = bandPass({ lowHz: 100, highHz: 200, order });
      const noise = Float32Array.from({ length: 48_000 }, (_, i) => Math.sin(i * 12.9898) * 0.9);
      for (let second = 0; second < 5; second += 1) {
        const out = filter.process(noise.slice());
        expect(out.every((sample) => Math.abs(sample) < 4)).toBe(true);
      }
      filter.process(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1));
      let out = filter.process(new Float32Array(48_000));
      for (let second = 0; second < 20; second += 1) out = filter.process(new Float32Array(48_000));
      expect(out.every((sample) => sample === 0)).toBe(true);
    }
  });

  it('says what to give instead of what cannot be', () => {
    expect(() => lowPass({ hz: 4000, sampleRate: 8000 })).toThrow(/less than 4000 Hz.*lower it, or resample/);
    expect(() => highPass({ hz: 0 })).toThrow(/more than 0/);
    expect(() => lowPass({ hz: Number.NaN })).toThrow(/more than 0/);
    expect(() => lowPass({ hz: 100, order: 2.5 })).toThrow(/whole number from 1 to 16/);
    expect(() => lowPass({ hz: 100, dbPerOctave: 20 })).toThrow(/multiple of 6/);
    expect(() => lowPass({ hz: 100, dbPerOctave: 12, order: 2 })).toThrow(/give one of them/);
    expect(() => lowPass({ hz: 1000, stop: { hz: 900, db: 40 } })).toThrow(/above 1000/);
    expect(() => lowPass({ hz: 1000, stop: { hz: 1010, db: 80 } })).toThrow(/order \d+, 16 is the most/);
    expect(() => bandPass({ lowHz: 300, highHz: 200 })).toThrow(/exchange/);
    expect(() => notch({ hz: 50, widthHz: 0 })).toThrow(/widthHz is 0/);
    expect(() => telephoneBand({ sampleRate: 6000 })).toThrow(/highHz is 3400/);
    expect(() => lowPass({ hz: 100, sampleRate: -1 })).toThrow(/sampleRate is -1/);
    expect(() => lowPass({ hz: 100 }).responseDb(30_000)).toThrow(/0 to 24000/);
  });
});
