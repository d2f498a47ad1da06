import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readWav } from '../node/wav-reader.ts';
import { LIMIT } from '../peak-limiter.ts';
import { seeded } from '../simulation/seeded.ts';
import { AutomaticGain } from './automatic-gain.ts';

/** Speech of a Debian package that every test machine has (asterisk-core-sounds-en-wav). */
const SPEECH = ['demo-congrats', 'demo-abouttotry', 'demo-instruct', 'demo-moreinfo'];
const RATE = 8000;
const BLOCK = 80;

let speech: Float32Array;

/** Power of each block of 10 ms. */
const powers = (pcm: Float32Array): number[] =>
  Array.from(
    { length: Math.floor(pcm.length / BLOCK) },
    (_, block) =>
      pcm.subarray(block * BLOCK, (block + 1) * BLOCK).reduce((sum, sample) => sum + sample * sample, 0) /
      BLOCK,
  );

/** Level of where somebody talks: of the blocks that are less than 20 dB under the loud ones. */
const activeDbfs = (pcm: Float32Array): number => {
  const all = powers(pcm);
  const loud = [...all].sort((a, b) => b - a)[Math.floor(all.length / 20)]!;
  const active = all.filter((power) => power > loud / 100);
  return 10 * Math.log10(active.reduce((sum, power) => sum + power, 0) / active.length);
};

const scaled = (pcm: Float32Array, byDb: number): Float32Array =>
  pcm.map((sample) => sample * 10 ** (byDb / 20));
const atLevel = (dbfs: number): Float32Array => scaled(speech, dbfs - activeDbfs(speech));
const peak = (pcm: Float32Array): number => pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

beforeAll(() => {
  const parts = SPEECH.map(
    (name) => readWav(readFileSync(`/usr/share/asterisk/sounds/en_US_f_Allison/${name}.wav`)).channels[0]!,
  );
  speech = Float32Array.from(parts.flatMap((part) => [...part]));
  expect(speech.length).toBeGreaterThan(40 * RATE);
});

describe('automatic gain', () => {
  it.each([-40, -34, -28, -20, -14, -10, -6])(
    'brings speech at %i dBFS to −20, and holds it there',
    (dbfs) => {
      const gain = new AutomaticGain({ sampleRate: RATE });
      const out = gain.process(atLevel(dbfs));
      const settled = out.subarray(8 * RATE);
      expect(activeDbfs(settled)).toBeGreaterThan(-22);
      expect(activeDbfs(settled)).toBeLessThan(-18);
      // In windows of five seconds, too: nobody gets louder and quieter.
      for (let at = 0; at + 5 * RATE <= settled.length; at += 5 * RATE) {
        expect(Math.abs(activeDbfs(settled.subarray(at, at + 5 * RATE)) + 20)).toBeLessThan(4);
      }
      expect(peak(out)).toBeLessThanOrEqual(LIMIT + 1e-6);
    },
  );

  it('lets noise in a pause be as it is: the gain stands still, however long nobody talks', () => {
    const random = seeded(1);
    const gain = new AutomaticGain({ sampleRate: RATE });
    gain.process(atLevel(-34));
    const noise = (seconds: number) =>
      Float32Array.from({ length: seconds * RATE }, () => 0.008 * (random() - 0.5));
    const before = gain.gainDb;
    expect(before).toBeGreaterThan(10);
    const pause = gain.process(noise(20));
    expect(gain.gainDb).toBe(before);
    const levels = powers(pause).map((power) => 10 * Math.log10(power));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(6);
    gain.process(new Float32Array(20 * RATE));
    expect(gain.gainDb).toBe(before);
  });

  it('follows within ten seconds when somebody quieter takes over, and at once when somebody louder does', () => {
    const gain = new AutomaticGain({ sampleRate: RATE });
    gain.process(atLevel(-34));
    const loud = gain.process(atLevel(-8).subarray(0, 4 * RATE));
    expect(peak(loud)).toBeLessThanOrEqual(LIMIT + 1e-6);
    expect(activeDbfs(loud.subarray(1.5 * RATE))).toBeLessThan(-15);
    gain.process(atLevel(-8));
    const quiet = gain.process(atLevel(-30).subarray(0, 18 * RATE));
    expect(activeDbfs(quiet.subarray(10 * RATE))).toBeGreaterThan(-24);
  });

  it('takes speech for such however much quieter it is than what was before', () => {
    const gain = new AutomaticGain({ sampleRate: RATE });
    gain.process(atLevel(-6));
    const quiet = gain.process(atLevel(-40));
    expect(activeDbfs(quiet.subarray(16 * RATE))).toBeGreaterThan(-24);
  });

  it('does not wobble: within speech of one level the gain moves by less than 3 dB in all', () => {
    const gain = new AutomaticGain({ sampleRate: RATE });
    const input = atLevel(-30);
    gain.process(input.slice());
    const seen: number[] = [];
    const again = input.slice();
    for (let at = 0; at < again.length; at += BLOCK) {
      gain.process(again.subarray(at, at + BLOCK));
      seen.push(gain.gainDb);
    }
    expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(3);
  });

  it('never passes full scale, for noise bursts as for speech, whatever gain it had before', () => {
    const random = seeded(5);
    const gain = new AutomaticGain({ sampleRate: RATE, maxGainDb: 40 });
    for (let burst = 0; burst < 60; burst += 1) {
      const level = 10 ** (-3 * random());
      const pcm = Float32Array.from(
        { length: 1 + Math.floor(3000 * random()) },
        () => level * (2 * random() - 1),
      );
      expect(peak(gain.process(pcm))).toBeLessThanOrEqual(LIMIT + 1e-6);
    }
  });

  it('gives the same in pieces of any size, and again after a reset', () => {
    const input = atLevel(-26).subarray(0, 4 * RATE);
    const gain = new AutomaticGain({ sampleRate: RATE });
    const whole = gain.process(input.slice());
    gain.reset();
    const pieces = input.slice();
    for (let at = 0, size = 1; at < pieces.length; at += size, size = (size * 7) % 331) {
      gain.process(pieces.subarray(at, at + size));
    }
    expect(pieces).toEqual(whole);
  });

  it('goes on after samples that are no numbers, and says what is wrong with an option', () => {
    const gain = new AutomaticGain({ sampleRate: RATE });
    gain.process(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY));
    expect(gain.speechDbfs).toBeUndefined();
    gain.process(atLevel(-30));
    expect(gain.speechDbfs).toBeGreaterThan(-33);
    expect(gain.speechDbfs).toBeLessThan(-27);
    expect(() => new AutomaticGain({ targetDbfs: -3 })).toThrow(/−40 to −10/);
    expect(() => new AutomaticGain({ riseDbPerSecond: -1 })).toThrow(/riseDbPerSecond is -1/);
    expect(() => new AutomaticGain({ sampleRate: 10 })).toThrow(/8000 or more/);
  });
});
