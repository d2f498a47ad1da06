import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, resample } from '@partyline/audio/node';
import { registerCodec } from '@partyline/codecs';
import { g729 } from '@partyline/codecs-g729';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { speechFile } from '../support/speech.ts';
import { compare } from './codec-exactness/comparison.ts';
import { decodeAll, encodeAll } from './codec-exactness/own-codec.ts';
import { byFfmpeg, byLibrary } from './codec-exactness/reference.ts';
import { libraryVariants, type Variant } from './codec-exactness/variant.ts';

/** One of each Debian package of speech. */
const VOICES = [0, 1];
const SPEECH_RATE = 48000;
/** One packet in so many is lost, now and then two in a row, so that concealment is compared, too. */
const LOSS_EVERY = 19;

/** Speech of one voice at one rate: as floating point for us, as a file of 16-bit samples for the libraries. */
interface Speech {
  readonly pcm: Float32Array;
  readonly file: string;
}

const G722: Variant = {
  codec: 'g722',
  label: 'G.722, 20 ms',
  sampleRate: 16000,
  encoder: { frameMs: 20 },
  decoder: {},
  library: {},
};

/** What is left out as silence has to be there for every codec: the noise of a room, after the words. */
const ROOM_SECONDS = 3;
const ROOM_PEAK = 8;

const roomNoise = (rate: number): number[] => {
  let state = rate;
  return Array.from({ length: ROOM_SECONDS * rate }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * ROOM_PEAK);
  });
};

const lostOf = (packets: number): number[] =>
  Array.from({ length: packets }, (_, index) => index).filter(
    (index) => index % LOSS_EVERY === LOSS_EVERY - 1 || index % (3 * LOSS_EVERY) === 0,
  );

const speechAt = async (voice: number, seconds: number, rate: number, folder: string): Promise<Speech> => {
  const source = await readSpeech(await readFile((await speechFile({ seconds, voice })).path));
  const words = (await resample(source, SPEECH_RATE, rate)).map((sample) =>
    Math.max(-32768, Math.min(32767, Math.round(sample * 32768))),
  );
  const samples = Int16Array.from([...words, ...roomNoise(rate)]);
  const file = join(folder, `voice-${voice}-${rate}.raw`);
  await writeFile(file, samples);
  return { pcm: Float32Array.from(samples, (sample) => sample / 32768), file };
};

const inFolder = async (context: RunContext, folder: string): Promise<RunOutcome> => {
  registerCodec(g729);
  const checks = new Expectations();
  const seconds = context.full ? 60 : 12;
  const only = context.options.get('only');
  const rows: (string | number)[][] = [
    ['codec', 'packets', 'samples', 'bytes', 'not sent', 'first difference'],
  ];
  let packets = 0;
  let samples = 0;
  for (const voice of VOICES) {
    const rates = new Map<number, Speech>();
    for (const rate of [8000, 16000, 32000]) rates.set(rate, await speechAt(voice, seconds, rate, folder));
    const variants = libraryVariants.filter(({ label }) => only === undefined || label.includes(only));
    const jobs = variants.map(({ sampleRate, encoder, library }) => {
      const { pcm, file } = rates.get(sampleRate)!;
      return { ...library, pcm: file, lost: lostOf((pcm.length * 1000) / (sampleRate * encoder.frameMs!)) };
    });
    const references = await byLibrary(jobs, folder);
    const judge = (variant: Variant, own: Parameters<typeof compare>[0], reference: typeof own): void => {
      const { difference, ...compared } = compare(own, reference);
      const label = `voice ${voice}: ${variant.label}`;
      checks.expect(difference === undefined, `${label}: ${difference}`);
      checks.expect(
        compared.packets * (variant.encoder.frameMs ?? 20) > seconds * 900,
        `${label}: too short`,
      );
      const left = own.packets.filter((packet) => packet.length === 0).length;
      const dtx = 'dtx' in variant.encoder && variant.encoder.dtx === true;
      checks.expect(left > 0 === dtx, `${label}: ${left} packets were empty`);
      const bytes = own.packets.reduce((sum, packet) => sum + packet.length, 0);
      rows.push([label, compared.packets, compared.samples, bytes, left, difference ?? '']);
      packets += compared.packets;
      samples += compared.samples;
    };
    for (const [index, variant] of variants.entries()) {
      const own = await encodeAll(variant, rates.get(variant.sampleRate)!.pcm);
      const reference = references[index]!;
      const theirs = {
        packets: reference.map(({ payload }) => payload),
        heard: reference.map((one) => one.samples),
      };
      const heard = await decodeAll(variant, theirs.packets, new Set(jobs[index]!.lost));
      judge(variant, { packets: own, heard }, theirs);
    }
    if (only !== undefined && !G722.label.includes(only)) continue;
    const { pcm, file } = rates.get(G722.sampleRate)!;
    const own = await encodeAll(G722, pcm);
    const { encoded, decoded } = await byFfmpeg(file);
    // FFmpeg knows no packets and fills up its last one.
    const theirs = {
      packets: own.map((packet, index) =>
        encoded.subarray(index * packet.length, (index + 1) * packet.length),
      ),
      heard: own.map((packet, index) =>
        decoded.subarray(2 * index * packet.length, 2 * (index + 1) * packet.length),
      ),
    };
    judge(G722, { packets: own, heard: await decodeAll(G722, theirs.packets, new Set()) }, theirs);
  }
  if (!checks.outcome.pass || context.options.has('rows')) context.table(rows);
  context.say(`${rows.length - 1} comparisons, ${packets} packets, ${samples} samples`);
  return { ...checks.outcome, comparisons: rows.length - 1, packets, samples };
};

/** Packets and sound of the WebAssembly codecs against the libraries of the distribution and FFmpeg. */
export const run: NamedRun = {
  name: 'codec-exactness',
  about:
    'Speex, G.729 and G.722 against libspeex1, libbcg729-0 and FFmpeg on real speech (--only TEXT, --rows).',
  floor: 'every packet and every sample the same',
  aim: 'every packet and every sample the same',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-codec-exactness-'));
    try {
      return await inFolder(context, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
