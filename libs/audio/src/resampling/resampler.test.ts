import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler, resample } from './resampler.ts';

const RATES = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];
const PAIRS = RATES.flatMap((from) => RATES.filter((to) => to !== from).map((to) => [from, to] as const));

const tone = (hz: number, sampleRate: number, seconds = 1): Float32Array =>
  Float32Array.from(
    { length: sampleRate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / sampleRate),
  );

/** Without the ends, where a tone begins and breaks off and has frequencies that no resampler can keep. */
const inside = (pcm: Float32Array): Float32Array => pcm.subarray(pcm.length * 0.1, pcm.length * 0.9);

/** Level of what is left after the tone that fits best is taken away, against the tone that went in, dB. */
const restDb = (pcm: Float32Array, hz: number, sampleRate: number): number => {
  const w = (2 * Math.PI * hz) / sampleRate;
  let [ss, sc, cc, ps, pc] = [0, 0, 0, 0, 0];
  for (let i = 0; i < pcm.length; i += 1) {
    const [s, c] = [Math.sin(w * i), Math.cos(w * i)];
    ss += s * s;
    sc += s * c;
    cc += c * c;
    ps += pcm[i]! * s;
    pc += pcm[i]! * c;
  }
  const determinant = ss * cc - sc * sc;
  const [a, b] = [(ps * cc - pc * sc) / determinant, (pc * ss - ps * sc) / determinant];
  let rest = 0;
  for (let i = 0; i < pcm.length; i += 1) rest += (pcm[i]! - a * Math.sin(w * i) - b * Math.cos(w * i)) ** 2;
  return 10 * Math.log10(rest / pcm.length / 0.125);
};

const levelDb = (pcm: Float32Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length / 0.125);

describe('resampler', () => {
  it.each(PAIRS)('%i to %i Hz: 1 kHz at 120 dB or better, in time', (fromHz, toHz) => {
    const output = resample(tone(1000, fromHz), fromHz, toHz);
    expect(output).toHaveLength(toHz);
    expect(restDb(inside(output), 1000, toHz)).toBeLessThan(-120);
    // In time and as loud: the very same tone.
    const expected = inside(tone(1000, toHz));
    const error = inside(output).map((sample, i) => sample - expected[i]!);
    expect(levelDb(error)).toBeLessThan(-100);
  });

  it.each(PAIRS.filter(([from, to]) => from > to))(
    '%i to %i Hz: nothing above comes back as an alias',
    (fromHz, toHz) => {
      const [lowest, highest] = [toHz / 2, fromHz / 2];
      for (const share of [0.001, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) {
        const hz = lowest + share * (highest - lowest);
        expect(levelDb(inside(resample(tone(hz, fromHz), fromHz, toHz))), `${hz} Hz`).toBeLessThan(-100);
      }
    },
  );

  it.each(PAIRS.filter(([from, to]) => from < to))(
    '%i to %i Hz: no images above what was there',
    (fromHz, toHz) => {
      for (const share of [0.02, 0.3, 0.6, 0.89]) {
        const hz = (share * fromHz) / 2;
        expect(restDb(inside(resample(tone(hz, fromHz), fromHz, toHz)), hz, toHz), `${hz} Hz`).toBeLessThan(
          -100,
        );
      }
    },
  );

  it('lets through unchanged 90 % of what the lower rate can carry', () => {
    for (const [fromHz, toHz] of PAIRS) {
      const hz = 0.45 * Math.min(fromHz, toHz);
      expect(
        Math.abs(levelDb(inside(resample(tone(hz, fromHz), fromHz, toHz)))),
        `${fromHz} to ${toHz}`,
      ).toBeLessThan(0.001);
    }
  });

  it('gives the same to the last bit in pieces of any size, and again after flush and reset', () => {
    for (const [fromHz, toHz] of [
      [44_100, 48_000],
      [48_000, 8000],
      [8000, 44_100],
      [16_000, 16_000],
    ] as const) {
      const input = tone(440, fromHz, 1).subarray(0, 5000);
      const whole = resample(input, fromHz, toHz);
      const resampler = new Resampler({ fromHz, toHz });
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1 }),
          fc.boolean(),
          (sizes, early) => {
            if (early) {
              resampler.process(input.subarray(0, 777));
              resampler.reset();
            }
            const out = new Float32Array(whole.length);
            let written = 0;
            let at = 0;
            for (let turn = 0; at < input.length; turn += 1) {
              const size = sizes[turn % sizes.length]! || (turn >= sizes.length ? 1 : 0);
              const piece = resampler.process(input.subarray(at, at + size));
              out.set(piece, written);
              written += piece.length;
              at += size;
            }
            const tail = resampler.flush();
            out.set(tail, written);
            expect(written + tail.length).toBe(whole.length);
            expect(out).toEqual(whole);
          },
        ),
        { numRuns: 15 },
      );
    }
  });

  it('waits as long as it says, and less with a smaller pass band', () => {
    for (const [fromHz, toHz] of PAIRS) {
      const resampler = new Resampler({ fromHz, toHz });
      const given = resampler.process(new Float32Array(fromHz)).length;
      expect(Math.abs(toHz - given - resampler.delaySamples), `${fromHz} to ${toHz}`).toBeLessThanOrEqual(1);
      expect(resampler.delayMs).toBeLessThan(23);
    }
    expect(new Resampler({ fromHz: 48_000, toHz: 16_000 }).delayMs).toBeLessThan(12);
    expect(new Resampler({ fromHz: 8000, toHz: 48_000, passBand: 0.7 }).delayMs).toBeLessThan(8);
    expect(new Resampler({ fromHz: 8000, toHz: 8000 }).delaySamples).toBe(0);
  });

  it('writes into memory of the caller, and keeps its own as it is', () => {
    const resampler = new Resampler({ fromHz: 44_100, toHz: 16_000 });
    const input = tone(300, 44_100).subarray(0, 441);
    const output = new Float32Array(resampler.maxOutput(441));
    const before = process.memoryUsage().arrayBuffers;
    let samples = 0;
    for (let i = 0; i < 20_000; i += 1) samples += resampler.processInto(input, output);
    // 200 seconds of sound, 12.8 MB of output had each block been kept.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(Math.abs(samples - 200 * 16_000)).toBeLessThanOrEqual(resampler.delaySamples + 1);
    expect(() => resampler.processInto(input, new Float32Array(10))).toThrow(/give 161 or more/);
  });

  it('serves any other ratio too, such as that of a sound card that is a little off', () => {
    const output = resample(tone(1000, 47_997), 47_997, 48_000);
    expect(output).toHaveLength(48_000);
    expect(restDb(inside(output), 1000, 48_000)).toBeLessThan(-120);
    // Neither few samples of a large ratio nor their kernel: all of it in a few megabytes.
    const slow = resample(tone(100, 767_999), 767_999, 1000);
    expect(restDb(inside(slow), 100, 1000)).toBeLessThan(-110);
  });

  it('takes samples that are no numbers for silence', () => {
    const input = tone(1000, 8000);
    const holed = input.slice();
    holed.fill(0, 4000, 4002);
    const broken = holed.slice();
    broken.set([Number.NaN, Number.POSITIVE_INFINITY], 4000);
    expect(resample(broken, 8000, 48_000)).toEqual(resample(holed, 8000, 48_000));
  });

  it('has nothing to give for no input, and says what is wrong', () => {
    expect(resample(new Float32Array(0), 8000, 48_000)).toHaveLength(0);
    expect(resample(new Float32Array(1), 8000, 48_000)).toHaveLength(6);
    expect(() => new Resampler({ fromHz: 10, toHz: 48_000 })).toThrow(/1000 to 768000/);
    expect(() => new Resampler({ fromHz: 8000, toHz: 44_100.5 })).toThrow(/whole number/);
    expect(() => new Resampler({ fromHz: 8000, toHz: 16_000, passBand: 1 })).toThrow(/0.5 to 0.97/);
  });
});
