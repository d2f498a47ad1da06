import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutomaticGain, resample } from '@partyline/audio';
import { Denoiser } from '@partyline/audio/denoise';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { judgeSpeech } from '../support/judge.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { speechFile } from '../support/speech.ts';
import { speeds } from './audio-quality/speed.ts';

/** Two voices: English at 48 kHz, and announcements that were recorded at 8 kHz. */
const VOICES = [0, 1];
const SECONDS = 15;

interface Case {
  name: string;
  /** What happens to the speech. */
  process: (speech: Float32Array) => Float32Array;
  /** PESQ of the two voices must not be less. */
  floor: number;
  /** Nor less than this over what another case has. */
  over?: { name: string; by: number };
}

/** Noise that falls with frequency, as a room's does, so many dB under the speech. */
const inRoomNoise = (speech: Float32Array, snrDb: number): Float32Array => {
  const random = new SeededRandom(31);
  let last = 0;
  const noise = speech.map(() => {
    last += 0.065 * (random.u32() / 2 ** 31 - 1 - last);
    return last;
  });
  const power = (pcm: Float32Array): number => pcm.reduce((sum, sample) => sum + sample * sample, 0);
  const gain = Math.sqrt(power(speech) / power(noise) / 10 ** (snrDb / 10));
  return speech.map((sample, i) => sample + gain * noise[i]!);
};

const denoised = (speech: Float32Array): Float32Array => {
  const denoiser = new Denoiser();
  const out = denoiser.process(speech.slice());
  denoiser.close();
  return out;
};

const through = (speech: Float32Array, hz: number): Float32Array =>
  resample(resample(speech, 48_000, hz), hz, 48_000);

const CASES: readonly Case[] = [
  { name: 'clean, noise suppression', process: denoised, floor: 4.3 },
  { name: 'noise at 5 dB', process: (speech) => inRoomNoise(speech, 5), floor: 1 },
  {
    name: 'noise at 5 dB, noise suppression',
    process: (speech) => denoised(inRoomNoise(speech, 5)),
    floor: 1.2,
    over: { name: 'noise at 5 dB', by: 0.2 },
  },
  { name: 'noise at 15 dB', process: (speech) => inRoomNoise(speech, 15), floor: 1 },
  {
    name: 'noise at 15 dB, noise suppression',
    process: (speech) => denoised(inRoomNoise(speech, 15)),
    floor: 1.7,
    over: { name: 'noise at 15 dB', by: 0.5 },
  },
  { name: '48 to 44.1 kHz and back', process: (speech) => through(speech, 44_100), floor: 4.6 },
  { name: '48 to 16 kHz and back', process: (speech) => through(speech, 16_000), floor: 4.6 },
  {
    name: 'automatic gain, from 14 dB less',
    process: (speech) => new AutomaticGain().process(speech.map((sample) => sample / 5)),
    floor: 4.2,
  },
];

const save = (path: string, pcm: Float32Array): string => {
  const writer = new WavWriter(path);
  writer.write(pcm);
  writer.close();
  return path;
};

const judged = async (
  folder: string,
  context: RunContext,
  checks: Expectations,
): Promise<Record<string, number>> => {
  const means: Record<string, number> = {};
  const rows: (string | number)[][] = [['what happens', ...VOICES.map((voice) => `PESQ, voice ${voice}`)]];
  for (const { name, process, floor, over } of CASES) {
    const scores: number[] = [];
    for (const voice of VOICES) {
      const { path } = await speechFile({ seconds: SECONDS, voice });
      const heard = save(join(folder, 'heard.wav'), process(await readSpeech(await readFile(path))));
      const { pesq } = await judgeSpeech(path, heard);
      scores.push(pesq);
      checks.expect(pesq >= floor, `${name}: PESQ of voice ${voice} is ${pesq}, less than ${floor}`);
    }
    means[name] = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    if (over !== undefined) {
      const gain = means[name]! - means[over.name]!;
      checks.expect(
        gain >= over.by,
        `${name}: PESQ is ${gain.toFixed(2)} over that without, less than ${over.by}`,
      );
    }
    rows.push([name, ...scores.map((score) => score.toFixed(2))]);
  }
  context.table(rows);
  return means;
};

const inSpeech = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const folder = await mkdtemp(join(tmpdir(), 'partyline-audio-quality-'));
  try {
    const pesq = await judged(folder, context, checks);
    const { path } = await speechFile({ seconds: SECONDS });
    const fast = speeds(await readSpeech(await readFile(path)));
    context.table([
      ['at 48 kHz', 'times real time'],
      ...fast.map(({ name, timesRealTime }) => [name, Math.round(timesRealTime)]),
    ]);
    // A call has to have room beside it, also on a machine that does something else.
    for (const { name, timesRealTime } of fast) {
      checks.expect(
        timesRealTime >= 8,
        `${name} is ${timesRealTime.toFixed(1)} times real time, less than 8`,
      );
    }
    return {
      ...checks.outcome,
      pesq,
      speeds: Object.fromEntries(fast.map((one) => [one.name, one.timesRealTime])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const run: NamedRun = {
  name: 'audio-quality',
  about:
    'PESQ of speech after noise suppression, resampling and gain, and how fast each kind of processing is.',
  floor: 'PESQ 4.3 for clean speech, 0.5 more for speech 15 dB over noise',
  aim: 'PESQ 4.4; 0.7',
  run: inSpeech,
};
