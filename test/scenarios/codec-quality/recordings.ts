import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWav, WavWriter } from '@partyline/audio/node';

/** Real speech at its own rate and level, joined with pauses. */
export interface Recordings {
  readonly name: string;
  readonly mode: 'nb' | 'wb';
  readonly path: string;
}

interface Source {
  readonly folder: string;
  readonly debianPackage: string;
  readonly sampleRate: number;
  readonly isSpeech: (name: string) => boolean;
  readonly leastSeconds: number;
}

/** 48 kHz: loudspeakers' names, a second each. */
const ALSA: Source = {
  folder: '/usr/share/sounds/alsa',
  debianPackage: 'alsa-utils',
  sampleRate: 48_000,
  isSpeech: (name) => /^(Front|Rear|Side)_/.test(name),
  leastSeconds: 0,
};
/** 8 kHz: announcements of voice mail and of a telephone directory, those that are more than a word. */
const ASTERISK: Source = {
  folder: '/usr/share/asterisk/sounds/en_US_f_Allison',
  debianPackage: 'asterisk-core-sounds-en-wav',
  sampleRate: 8_000,
  isSpeech: (name) => /^(vm|dir)-/.test(name),
  leastSeconds: 7,
};

const read = ({ folder, debianPackage, isSpeech, sampleRate, leastSeconds }: Source): Float32Array[] => {
  let names: string[];
  try {
    names = readdirSync(folder).filter(isSpeech).sort();
  } catch {
    throw new Error(`there is no speech in ${folder}; install the Debian package ${debianPackage}`);
  }
  return names
    .map((name) => readWav(readFileSync(join(folder, name))).channels[0]!)
    .filter((pcm) => pcm.length >= leastSeconds * sampleRate);
};

const joined = (
  folder: string,
  name: string,
  source: Source,
  rounds: number,
  pauseSeconds: number,
): string => {
  const path = join(folder, `${name}.wav`);
  const writer = new WavWriter(path, { sampleRate: source.sampleRate });
  for (let round = 0; round < rounds; round += 1) {
    for (const pcm of read(source)) {
      writer.write(pcm);
      writer.write(new Float32Array(source.sampleRate * pauseSeconds));
    }
  }
  writer.close();
  return path;
};

/** PESQ of one codec differs by a tenth with what is said and how: so each is judged on two. */
export const recordings = (folder: string): Recordings[] => [
  { name: 'Asterisk, 8 kHz', mode: 'nb', path: joined(folder, 'asterisk', ASTERISK, 1, 0) },
  { name: 'ALSA at 8 kHz', mode: 'nb', path: joined(folder, 'alsa-nb', ALSA, 2, 0.3) },
  { name: 'ALSA, one after the other', mode: 'wb', path: joined(folder, 'alsa', ALSA, 3, 0) },
  { name: 'ALSA with pauses', mode: 'wb', path: joined(folder, 'alsa-pauses', ALSA, 2, 0.3) },
];
