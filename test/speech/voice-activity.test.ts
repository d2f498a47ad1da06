import { readFileSync } from 'node:fs';
import { audioLevelDbov, VoiceActivityDetector, VoiceBand } from '@partyline/audio';
import { readSpeech } from '@partyline/audio/node';
import { seeded } from '@partyline/audio/simulation';
import { describe, expect, it } from 'vitest';
import { speechFile } from '../support/speech.ts';

const FRAME_SAMPLES = 960;
const SECOND_FRAMES = 50;
/** Of noise alone before and after the speech. */
const ALONE_SECONDS = 6;
/** The detector has heard the noise by then. */
const LEARNT_SECONDS = 3;
/** Clean speech this loud, −dBov, is to be heard: 20 dB below the level of the loud parts. */
const SPEECH_DBOV = 42;
/** Frames from before a spurt that a publisher sends with it. */
const LEAD_FRAMES = 3;

type Noise = (random: () => number) => () => number;

/** Equally loud at all frequencies, as of a bad microphone. */
const white: Noise = (random) => () => random() - 0.5;
/** Falls by 6 dB an octave, as of wind and traffic. */
const rumble: Noise = (random) => {
  let sample = 0;
  return () => {
    sample = 0.998 * sample + (random() - 0.5);
    return sample;
  };
};
/** Two tones and air that swells. */
const fan: Noise = (random) => {
  let at = 0;
  return () => {
    at += 1 / 48000;
    const swell = 1 + 0.3 * Math.sin(2 * Math.PI * 0.8 * at);
    const tones = Math.sin(2 * Math.PI * 120 * at) + 0.5 * Math.sin(2 * Math.PI * 240 * at);
    return tones + swell * (random() - 0.5);
  };
};

const noiseOf = (noise: Noise, samples: number, levelDbov: number, seed: number): Float32Array => {
  const next = noise(seeded(seed));
  const pcm = new Float32Array(samples);
  let energy = 0;
  for (let i = 0; i < samples; i += 1) {
    pcm[i] = next();
    energy += pcm[i]! ** 2;
  }
  const rms = Math.sqrt(energy / samples);
  return pcm.map((sample) => (sample * 10 ** (-levelDbov / 20)) / rms);
};

const framesOf = (pcm: Float32Array): Float32Array[] =>
  Array.from({ length: Math.floor(pcm.length / FRAME_SAMPLES) }, (_, i) =>
    pcm.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES),
  );

describe('voice activity of real speech', () => {
  it.each([
    ['white noise', white],
    ['rumble', rumble],
    ['a fan', fan],
  ] as const)(
    'is told from %s: no word is cut, and the noise alone is nobody',
    { timeout: 120_000 },
    async (_, noise) => {
      for (const voice of [0, 1]) {
        const speech = await readSpeech(readFileSync((await speechFile({ seconds: 10, voice })).path));
        const lead = ALONE_SECONDS * SECOND_FRAMES * FRAME_SAMPLES;
        const clean = new Float32Array(2 * lead + speech.length);
        clean.set(speech, lead);
        for (const levelDbov of [60, 40]) {
          const dirt = noiseOf(noise, clean.length, levelDbov, voice + levelDbov);
          const band = new VoiceBand();
          const detector = new VoiceActivityDetector();
          const active = framesOf(clean.map((sample, i) => sample + dirt[i]!)).map((frame) =>
            detector.update(band.levelDbov(frame)),
          );
          const spoken = framesOf(clean).map((frame) => audioLevelDbov(frame) <= SPEECH_DBOV);
          const cut = spoken.filter((is, at) => is && !active.slice(at, at + LEAD_FRAMES + 1).includes(true));
          expect(cut.length, `frames of voice ${voice} cut in noise of −${levelDbov} dBov`).toBe(0);
          const before = active.slice(LEARNT_SECONDS * SECOND_FRAMES, ALONE_SECONDS * SECOND_FRAMES - 1);
          const after = active.slice(-LEARNT_SECONDS * SECOND_FRAMES);
          expect([...before, ...after]).not.toContain(true);
        }
      }
    },
  );
});
