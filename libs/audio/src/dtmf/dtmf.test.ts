import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWav } from '../node/wav-reader.ts';
import { seeded } from '../simulation/seeded.ts';
import { DtmfDetector, type DtmfEvent } from './detector.ts';
import { type DtmfDigit, dtmfDigitOf, dtmfEventOf, dtmfTonesHz } from './digits.ts';
import { dtmfSound } from './generator.ts';

const DIGITS = '0123456789*#ABCD';
/** Speech of a Debian package that every test machine has. */
const SPEECH = '/usr/share/asterisk/sounds/en_US_f_Allison';

interface Pair {
  digit: DtmfDigit;
  /** Factors on the two frequencies. */
  low?: number;
  high?: number;
  ms?: number;
  lowDb?: number;
  highDb?: number;
  noiseDb?: number;
  seed?: number;
}

/** Two tones with faults, 100 ms of silence before and after; levels in dBm0, where a full sine is +3.14. */
const sound = ({ digit, low = 1, high = 1, ms = 40, lowDb = -10, highDb = -10, noiseDb, seed = 1 }: Pair) => {
  const { lowHz, highHz } = dtmfTonesHz(digit);
  const random = seeded(seed);
  const start = 800 + Math.floor(random() * 40);
  const samples = 8 * ms;
  const [lowPhase, highPhase] = [random() * 7, random() * 7];
  const noise = noiseDb === undefined ? 0 : Math.sqrt(3) * Math.SQRT1_2 * 10 ** ((noiseDb - 3.14) / 20);
  return Float32Array.from({ length: start + samples + 1600 }, (_, i) => {
    const t = (2 * Math.PI * (i - start)) / 8000;
    const on = i >= start && i < start + samples;
    const tones =
      10 ** ((lowDb - 3.14) / 20) * Math.sin(low * lowHz * t + lowPhase) +
      10 ** ((highDb - 3.14) / 20) * Math.sin(high * highHz * t + highPhase);
    return (on ? tones : 0) + noise * (2 * random() - 1);
  });
};

const dialled = (events: readonly DtmfEvent[]): string =>
  events.flatMap(({ type, digit }) => (type === 'down' ? [digit] : [])).join('');

/** What is recognised of it. */
const recognised = (pair: Pair): string =>
  dialled(new DtmfDetector({ sampleRate: 8000 }).process(sound(pair)));

/** How many of the sixteen digits, each at four places within a hop, are recognised as what they are. */
const hits = (pair: Omit<Pair, 'digit'>): number => {
  let count = 0;
  for (const digit of DIGITS) {
    for (let seed = 1; seed <= 4; seed += 1) {
      const heard = recognised({ ...pair, digit: digit as DtmfDigit, seed });
      if (heard === digit) count += 1;
      else expect(heard, `${digit} was taken for`).toBe('');
    }
  }
  return count;
};
const ALL = 64;

describe('DTMF', () => {
  it.each([8000, 16_000, 24_000, 32_000, 44_100, 48_000])(
    'recognises what it generates, at %i Hz',
    (sampleRate) => {
      const detector = new DtmfDetector({ sampleRate });
      const events = detector.process(dtmfSound(DIGITS, { sampleRate, toneMs: 60, pauseMs: 50 }));
      events.push(...detector.process(new Float32Array(sampleRate / 10)));
      expect(dialled(events)).toBe(DIGITS);
      const downs = events.filter(({ type }) => type === 'down');
      expect(events.filter(({ type }) => type === 'up')).toHaveLength(16);
      for (const [index, { atMs }] of downs.entries()) expect(Math.abs(atMs - 110 * index)).toBeLessThan(6);
      for (const event of events) {
        if (event.type === 'up') expect(Math.abs(event.durationMs - 60)).toBeLessThan(8);
      }
    },
  );

  it('takes frequencies that are off by 1.5 %, and none that is off by 3.5 % (Q.24)', () => {
    for (const low of [0.985, 1, 1.015]) {
      for (const high of [0.985, 1, 1.015]) expect(hits({ low, high }), `${low} ${high}`).toBe(ALL);
    }
    for (const off of [0.965, 1.035]) {
      for (const ms of [40, 200]) {
        expect(hits({ low: off, ms })).toBe(0);
        expect(hits({ high: off, ms })).toBe(0);
        expect(hits({ low: off, high: off, ms })).toBe(0);
      }
    }
  });

  it('takes tones from 40 ms on, and none of up to 23 ms', () => {
    for (const ms of [40, 45, 70, 1000]) expect(hits({ ms }), `${ms} ms`).toBe(ALL);
    for (const ms of [5, 10, 20, 23]) expect(hits({ ms }), `${ms} ms`).toBe(0);
  });

  it('takes a high tone from 8 dB weaker to 4 dB stronger, and none that is 14 dB weaker or 10 stronger', () => {
    for (const twist of [-8, -4, 0, 4])
      expect(hits({ highDb: -12 + twist, lowDb: -12 }), `${twist} dB`).toBe(ALL);
    for (const twist of [-14, 10]) expect(hits({ highDb: -14 + twist, lowDb: -14 }), `${twist} dB`).toBe(0);
  });

  it('takes levels from 0 to −25 dBm0, and none of −29', () => {
    for (const level of [-2, -10, -25])
      expect(hits({ lowDb: level, highDb: level }), `${level} dBm0`).toBe(ALL);
    expect(hits({ lowDb: -29, highDb: -29 })).toBe(0);
    expect(hits({ lowDb: -50, highDb: -50 })).toBe(0);
  });

  it('takes them in noise 15 dB below each tone, even when they are off and twisted', () => {
    expect(hits({ noiseDb: -25, ms: 50 })).toBe(ALL);
    expect(hits({ noiseDb: -32, ms: 40, low: 1.015, high: 0.985, lowDb: -8, highDb: -14 })).toBe(ALL);
  });

  it('takes a digit for one over a break of 10 ms, and for two over a pause of 40', () => {
    const twice = (pauseMs: number): string => {
      const once = dtmfSound('5', { sampleRate: 8000, toneMs: 60 });
      const pcm = new Float32Array(4000);
      pcm.set(once, 400);
      pcm.set(once, 400 + once.length + pauseMs * 8);
      return dialled(new DtmfDetector({ sampleRate: 8000 }).process(pcm));
    };
    expect(twice(5)).toBe('5');
    expect(twice(10)).toBe('5');
    expect(twice(40)).toBe('55');
    // As quick as Q.24 knows it: 40 ms of tone, 40 of pause.
    const fast = dtmfSound('11223344', { sampleRate: 8000, toneMs: 40, pauseMs: 40 });
    expect(dialled(new DtmfDetector({ sampleRate: 8000 }).process(fast))).toBe('11223344');
  });

  it('finds no digit in twenty minutes of speech', () => {
    const names = existsSync(SPEECH) ? readdirSync(SPEECH).filter((name) => name.endsWith('.wav')) : [];
    if (names.length === 0) throw new Error(`no speech in ${SPEECH}; install asterisk-core-sounds-en-wav`);
    let seconds = 0;
    const found: string[] = [];
    for (const name of names) {
      const { sampleRate, channels } = readWav(readFileSync(join(SPEECH, name)));
      seconds += channels[0]!.length / sampleRate;
      const heard = dialled(new DtmfDetector({ sampleRate }).process(channels[0]!));
      if (heard !== '') found.push(`${name}: ${heard}`);
    }
    expect(found).toEqual([]);
    expect(seconds).toBeGreaterThan(20 * 60);
  });

  it('finds no digit in noise, in single tones or in chords of other tones', () => {
    const random = seeded(3);
    const noise = Float32Array.from({ length: 80_000 }, () => random() - 0.5);
    expect(dialled(new DtmfDetector({ sampleRate: 8000 }).process(noise))).toBe('');
    for (const tones of [[697], [1209], [350, 440], [480, 620], [697, 770], [697, 852, 1209], [2130, 2750]]) {
      const chord = Float32Array.from({ length: 8000 }, (_, i) =>
        tones.reduce((sum, hz) => sum + 0.2 * Math.sin((2 * Math.PI * hz * i) / 8000), 0),
      );
      expect(dialled(new DtmfDetector({ sampleRate: 8000 }).process(chord)), tones.join('+')).toBe('');
    }
  });

  it('tells the same in pieces of any size, and again after a reset', () => {
    const pcm = dtmfSound('42#', { sampleRate: 44_100 });
    const detector = new DtmfDetector({ sampleRate: 44_100 });
    const whole = detector.process(pcm);
    expect(whole.length).toBeGreaterThanOrEqual(5);
    expect(detector.digit).toBe('#');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1 }), (sizes) => {
        detector.reset();
        const events: DtmfEvent[] = [];
        let at = 0;
        for (let turn = 0; at < pcm.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          events.push(...detector.process(pcm.subarray(at, at + size)));
          at += size;
        }
        expect(events).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it('knows the codes of RFC 4733, and says what is no digit', () => {
    expect([...DIGITS].map((digit) => dtmfEventOf(digit as DtmfDigit))).toEqual([...DIGITS].map((_, i) => i));
    for (let event = 0; event < 16; event += 1) expect(dtmfEventOf(dtmfDigitOf(event)!)).toBe(event);
    expect(dtmfDigitOf(16)).toBeUndefined();
    expect(() => dtmfSound('12x')).toThrow(/"x" is no DTMF digit/);
    expect(() => dtmfEventOf('' as DtmfDigit)).toThrow(/no DTMF digit/);
    expect(() => dtmfSound('1', { levelDbfs: -6 })).toThrow(/too loud/);
    expect(() => dtmfSound('1', { toneMs: 1 })).toThrow(/toneMs is 1/);
    expect(dtmfSound('')).toHaveLength(0);
    expect(() => new DtmfDetector({ sampleRate: 4000 })).toThrow(/8000 to 192000/);
  });
});
