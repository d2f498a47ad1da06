import { beforeAll, describe, expect, it } from 'vitest';
import { VoiceActivityDetector } from '../level.ts';
import { seeded } from '../simulation/seeded.ts';
import { VoiceBand } from '../voice-band.ts';
import { inNoise, type LabelledSpeech, labelledSpeech, RATE, rates } from './labelled-speech-fixture.ts';
import { VoiceDetector } from './voice-detector.ts';

let speech: LabelledSpeech;
beforeAll(() => {
  speech = labelledSpeech(90);
});

const ratesIn = (snrDb: number, dullness: number) => {
  const detector = new VoiceDetector({ sampleRate: RATE });
  const heard = { ...speech, pcm: inNoise(speech.pcm, snrDb, dullness) };
  return rates(heard, (block) => detector.process(block));
};

describe('voice detector', () => {
  it('knows clean speech from pauses; what is 30 dB under it, breath and the end of a word, counts as one here', () => {
    const detector = new VoiceDetector({ sampleRate: RATE, hangoverMs: 0 });
    const { hitPercent, falsePercent } = rates(speech, (block) => detector.process(block));
    expect(hitPercent).toBeGreaterThan(90);
    expect(falsePercent).toBeLessThan(12);
  });

  it.each([
    ['white', 20, 0, 97, 12],
    ['white', 10, 0, 95, 6],
    ['white', 5, 0, 93, 5],
    ['white', 0, 0, 88, 4],
    ['dull', 20, 0.7, 97, 11],
    ['dull', 10, 0.7, 94, 6],
    ['dull', 5, 0.7, 89, 5],
  ])('in %s noise %i dB under the speech', (_, snrDb, dullness, leastHits, mostFalse) => {
    const { hitPercent, falsePercent } = ratesIn(snrDb, dullness);
    expect(hitPercent).toBeGreaterThan(leastHits);
    expect(falsePercent).toBeLessThan(mostFalse);
  });

  it('holds where a level does not: in noise as loud as the speech', () => {
    const heard = { ...speech, pcm: inNoise(speech.pcm, 0, 0) };
    const band = new VoiceBand(RATE);
    const byLevel = new VoiceActivityDetector({ frameMs: 10 });
    expect(rates(heard, (block) => byLevel.update(band.levelDbov(block))).falsePercent).toBeGreaterThan(50);
    expect(ratesIn(0, 0).falsePercent).toBeLessThan(5);
  });

  it('is silent in silence, in steady noise and in a hum of any level, once it has heard them for two seconds', () => {
    const random = seeded(3);
    const sounds: ((i: number) => number)[] = [
      () => 0,
      () => 0.3 * (2 * random() - 1),
      () => 0.001 * (2 * random() - 1),
      (i) => 0.2 * Math.sin((2 * Math.PI * 100 * i) / RATE) + 0.001 * (2 * random() - 1),
    ];
    for (const sound of sounds) {
      const detector = new VoiceDetector({ sampleRate: RATE });
      let active = 0;
      for (let block = 0; block < 1000; block += 1) {
        const isActive = detector.process(Float32Array.from({ length: 80 }, (_, i) => sound(block * 80 + i)));
        if (block >= 200 && isActive) active += 1;
      }
      expect(active).toBeLessThan(30);
    }
  });

  it('hears a first word at any rate, within 100 ms, and ends after the time that it holds on', () => {
    for (const sampleRate of [8000, 16_000, 44_100, 48_000]) {
      const detector = new VoiceDetector({ sampleRate, hangoverMs: 100 });
      const random = seeded(9);
      const at = (i: number): number => {
        const t = i / sampleRate;
        const noise = 0.001 * (2 * random() - 1);
        // A vowel of 200 ms after a second of noise: harmonics of 120 Hz.
        if (t < 1 || t > 1.2) return noise;
        let sum = 0;
        for (let k = 1; k < 20; k += 1) sum += Math.sin(2 * Math.PI * 120 * k * t) / k;
        return noise + 0.1 * sum;
      };
      let [began, ended] = [0, 0];
      const hop = sampleRate / 100;
      for (let block = 0; block < 200; block += 1) {
        const isActive = detector.process(Float32Array.from({ length: hop }, (_, i) => at(block * hop + i)));
        if (isActive && began === 0) began = block * 10;
        if (isActive) ended = block * 10;
      }
      expect(began).toBeGreaterThanOrEqual(1000);
      expect(began).toBeLessThan(1100);
      expect(ended).toBeGreaterThan(1200);
      expect(ended).toBeLessThan(1420);
      expect(detector.delayMs).toBeLessThan(35);
    }
  });

  it('decides the same in pieces of any size, and again after a reset', () => {
    const input = speech.pcm.subarray(0, 4 * RATE);
    const detector = new VoiceDetector({ sampleRate: RATE });
    detector.process(input);
    const { likelihood } = detector;
    detector.reset();
    for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7) % 331) {
      detector.process(input.subarray(at, at + size));
    }
    expect(detector.likelihood).toBe(likelihood);
  });

  it('goes on after samples that are no numbers, and says what is wrong with an option', () => {
    const detector = new VoiceDetector({ sampleRate: RATE });
    detector.process(new Float32Array(800).fill(Number.NaN));
    expect(detector.process(speech.pcm.subarray(0, 3 * RATE))).toBeTypeOf('boolean');
    expect(Number.isFinite(detector.likelihood)).toBe(true);
    expect(() => new VoiceDetector({ sampleRate: 4000 })).toThrow(/8000 to 192000/);
    expect(() => new VoiceDetector({ threshold: 0 })).toThrow(/such as 0.3/);
    expect(() => new VoiceDetector({ hangoverMs: -1 })).toThrow(/0 or more/);
  });
});
