import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMIT, Mixer } from '@partyline/audio';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeSpeech } from '../support/judge.ts';
import { speechFile } from '../support/speech.ts';

const FRAME_SAMPLES = 960;
const folder = mkdtempSync(join(tmpdir(), 'partyline-mixing-'));
const voices: { path: string; pcm: Float32Array }[] = [];

/** Plays the voices at once, each with its gain, at the pace of speech. */
const mixed = (gains: readonly number[]): Float32Array => {
  const mixer = new Mixer();
  for (const [id, gain] of gains.entries()) mixer.setGain(id, gain);
  const frames = Math.floor(Math.min(...gains.map((_, id) => voices[id]!.pcm.length)) / FRAME_SAMPLES);
  const out = new Float32Array(frames * FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame += 1) {
    for (const id of gains.keys()) {
      const pcm = voices[id]!.pcm.slice(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
      mixer.push(id, pcm, frame, frame * 20, frame * 20);
    }
    mixer.pull(out.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
  }
  return out;
};

const peakOf = (pcm: Float32Array): number => pcm.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);

const pesqOf = async (pcm: Float32Array, reference: string): Promise<number> => {
  const writer = new WavWriter(join(folder, 'mixed.wav'));
  writer.write(pcm);
  writer.close();
  return (await judgeSpeech(reference, writer.path)).pesq;
};

beforeAll(async () => {
  for (let voice = 0; voice < 5; voice += 1) {
    const { path } = await speechFile({ seconds: 15, voice });
    voices.push({ path, pcm: await readSpeech(readFileSync(path)) });
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('mixing real voices', () => {
  it.each([1, 2, 4])('five at once with a gain of %i never go beyond the limit', (gain) => {
    expect(peakOf(mixed([gain, gain, gain, gain, gain]))).toBeLessThanOrEqual(LIMIT + 1e-6);
  });

  it('a voice twice as loud as usual is hardly touched, and one four times as loud still good', {
    timeout: 120_000,
  }, async () => {
    expect(await pesqOf(mixed([2]), voices[0]!.path)).toBeGreaterThan(4.4);
    expect(await pesqOf(mixed([4]), voices[0]!.path)).toBeGreaterThan(4.1);
  });

  it('a loud voice does not make the others pump: what is quiet loses under 1 dB within a second of a peak', () => {
    const mixer = new Mixer();
    const quiet = new Float32Array(FRAME_SAMPLES).fill(0.05);
    const peak = new Float32Array(FRAME_SAMPLES);
    peak.fill(1.2, 0, 48);
    const heard: number[] = [];
    for (let frame = 0; frame < 100; frame += 1) {
      mixer.push(0, quiet, frame, frame * 20, frame * 20);
      mixer.push(1, frame === 50 ? peak : new Float32Array(FRAME_SAMPLES), frame, frame * 20, frame * 20);
      const out = new Float32Array(FRAME_SAMPLES);
      mixer.pull(out);
      heard.push(out.at(-1)!);
    }
    const lossDb = heard.map((level) => 20 * Math.log10(0.05 / Math.max(1e-6, level)));
    expect(Math.max(...lossDb.slice(10))).toBeGreaterThan(1);
    // 3 dB at first; half of it is back after 100 ms, and nothing steps by more than is heard in a frame.
    expect(Math.max(...lossDb.slice(62))).toBeLessThan(1);
    for (let i = 55; i < 99; i += 1) expect(Math.abs(lossDb[i + 1]! - lossDb[i]!)).toBeLessThan(1);
  });
});
