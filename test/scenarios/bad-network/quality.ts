import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, WavWriter } from '@partyline/audio/node';
import type { Expectations, RunContext } from '@partyline/harness';
import { judgeSpeech } from '../../support/judge.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { speechFile } from '../../support/speech.ts';
import { decodedSpeech, encodeSpeech, loseFrames, playedSpeech } from './lost-frames.ts';
import type { Part } from './part.ts';

const LOST_SHARE = 0.05;
/** By how much the rebuilt voice has to be better than silence in the place of lost frames, PESQ. */
const GAIN_FLOOR = 0.5;
const PATTERNS = ['single', 'burst'] as const;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const measure = async (context: RunContext, checks: Expectations, folder: string) => {
  const voices = context.full ? [0, 1, 2, 3] : [0, 1];
  const seeds = context.full ? [1, 2, 3, 4] : [1];
  const scores = new Map<string, number[]>();
  const judged = async (key: string, reference: string, pcm: Float32Array): Promise<number> => {
    const writer = new WavWriter(join(folder, 'heard.wav'));
    writer.write(pcm);
    writer.close();
    const { pesq } = await judgeSpeech(reference, writer.path);
    scores.set(key, [...(scores.get(key) ?? []), pesq]);
    return pesq;
  };
  for (const voice of voices) {
    const reference = await speechFile({ seconds: 15, voice });
    const pcm = await readSpeech(readFileSync(reference.path));
    const speech = pcm instanceof Float32Array ? pcm : new Float32Array(pcm);
    const withFec = await encodeSpeech(speech, true);
    const withoutFec = await encodeSpeech(speech, false);
    await judged('whole', reference.path, await decodedSpeech(withFec, new Set(), true));
    for (const pattern of PATTERNS) {
      for (const seed of seeds) {
        const random = new SeededRandom(100 * voice + seed);
        const lost = loseFrames(withFec.length, LOST_SHARE, pattern, () => random.u32() / 2 ** 32);
        const silence = await judged(
          `${pattern} silence`,
          reference.path,
          await decodedSpeech(withoutFec, lost, false),
        );
        await judged(`${pattern} concealed`, reference.path, await decodedSpeech(withoutFec, lost, true));
        const fec = await judged(`${pattern} fec`, reference.path, await decodedSpeech(withFec, lost, true));
        const { pcm: played } = await playedSpeech(withFec, lost);
        await judged(`${pattern} played`, reference.path, played);
        const who = `voice ${voice}, seed ${seed}, ${pattern} losses (${lost.size} of ${withFec.length} frames)`;
        checks.expect(fec > silence, `${who}: FEC ${fec}, silence ${silence}`);
      }
    }
  }
  return scores;
};

/** Frames lost: by FEC and concealment, by concealment alone, and with silence instead. */
export const quality: Part = {
  name: 'quality',
  about: 'PESQ of real speech with 5 % of its frames lost, by what is done about it',
  run: async (context, checks) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-quality-'));
    try {
      const scores = await measure(context, checks, folder);
      const mean = (key: string): number => Number(meanOf(scores.get(key) ?? [0]).toFixed(2));
      context.table([
        ['5 % lost', 'silence', 'concealment', 'FEC + concealment', 'FEC, as played', 'nothing lost'],
        ...PATTERNS.map((pattern) => [
          pattern,
          ...['silence', 'concealed', 'fec', 'played'].map((how) => mean(`${pattern} ${how}`).toFixed(2)),
          mean('whole').toFixed(2),
        ]),
      ]);
      const figures: Record<string, number> = { whole: mean('whole') };
      for (const pattern of PATTERNS) {
        const silence = mean(`${pattern} silence`);
        for (const how of ['silence', 'concealed', 'fec', 'played']) {
          figures[`${pattern}_${how}`] = mean(`${pattern} ${how}`);
        }
        // What the decoder gives is worth nothing if it comes after its moment.
        for (const [how, words] of [
          ['fec', 'FEC, as decoded,'],
          ['played', 'FEC, as played,'],
        ] as const) {
          const gain = mean(`${pattern} ${how}`) - silence;
          checks.expect(
            gain >= GAIN_FLOOR,
            `${pattern} losses: ${words} is ${gain.toFixed(2)} PESQ above silence, not ${GAIN_FLOOR}`,
          );
        }
      }
      return figures;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
