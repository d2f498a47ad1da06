import { readdirSync, readFileSync } from 'node:fs';
import { readWav } from '../node/wav-reader.ts';
import { seeded } from '../simulation/seeded.ts';

/** Speech at 8 kHz of a Debian package that every test machine has (asterisk-core-sounds-en-wav). */
const FOLDER = '/usr/share/asterisk/sounds/en_US_f_Allison';
export const RATE = 8000;
/** 10 ms, what a label is for. */
const BLOCK = 80;
/** Speech further under its own level is a pause. */
const AUDIBLE_DB = 30;
/** Shorter gaps belong to a word. */
const GAP_BLOCKS = 20;

/** Speech with pauses, and where it is. */
export interface LabelledSpeech {
  /** Its level is −26 dBov, that of ITU-T P.56 and P.830. */
  pcm: Float32Array;
  /** For each block of 10 ms. */
  labels: boolean[];
}

const power = (pcm: Float32Array): number =>
  pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
const blocksOf = (pcm: Float32Array): Float32Array[] =>
  Array.from({ length: Math.floor(pcm.length / BLOCK) }, (_, i) => pcm.subarray(i * BLOCK, (i + 1) * BLOCK));

/** Announcements with pauses of half a second to three. The truth comes from the clean sound. */
export const labelledSpeech = (seconds: number): LabelledSpeech => {
  const names = readdirSync(FOLDER).filter((name) => /^(agent|conf|demo|queue|vm)-.*\.wav$/.test(name));
  const random = seeded(17);
  const pcm = new Float32Array(seconds * RATE);
  for (let at = RATE, i = 0; at < pcm.length; i += 1) {
    const speech = readWav(readFileSync(`${FOLDER}/${names[(i * 37) % names.length]!}`)).channels[0]!;
    pcm.set(speech.subarray(0, pcm.length - at), at);
    at += speech.length + Math.round((0.5 + 2.5 * random()) * RATE);
  }
  const powers = blocksOf(pcm).map(power);
  const loud = [...powers].sort((a, b) => b - a)[Math.floor(powers.length / 20)]!;
  const active = powers.filter((value) => value > loud / 100);
  const level = active.reduce((sum, value) => sum + value, 0) / active.length;
  const labels = powers.map((value) => value > level / 10 ** (AUDIBLE_DB / 10));
  let last = Number.NEGATIVE_INFINITY;
  for (let block = 0; block < labels.length; block += 1) {
    if (!labels[block]) continue;
    if (block - last <= GAP_BLOCKS) labels.fill(true, last + 1, block);
    last = block;
  }
  const gain = Math.sqrt(10 ** -2.6 / level);
  return { pcm: pcm.map((sample) => sample * gain), labels };
};

/** The same speech in noise, so many dB over it. @param dullness 0 is white, towards 1 it falls with frequency */
export const inNoise = (speech: Float32Array, snrDb: number, dullness: number): Float32Array => {
  const random = seeded(23);
  let last = 0;
  const noise = speech.map(() => {
    last = dullness * last + (1 - dullness) * (2 * random() - 1);
    return last;
  });
  const gain = Math.sqrt(10 ** (-2.6 - snrDb / 10) / power(noise));
  return speech.map((sample, i) => sample + gain * noise[i]!);
};

/** How many percent of the speech are taken for such, and of the pauses. */
export const rates = (
  { pcm, labels }: LabelledSpeech,
  decide: (block: Float32Array) => boolean,
): { hitPercent: number; falsePercent: number } => {
  let [hits, speech, falseAlarms, pauses] = [0, 0, 0, 0];
  blocksOf(pcm).forEach((block, i) => {
    const decision = decide(block);
    // Every detector learns what the noise is, for two seconds.
    if (i < 200) return;
    if (labels[i]) {
      speech += 1;
      hits += decision ? 1 : 0;
    } else {
      pauses += 1;
      falseAlarms += decision ? 1 : 0;
    }
  });
  return { hitPercent: (100 * hits) / speech, falsePercent: (100 * falseAlarms) / pauses };
};
