import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSpeech, resample, WavWriter } from '@partyline/audio/node';

/** What speech to make. */
export interface SpeechOptions {
  /** At least this long. */
  seconds: number;
  /** Which speaker; different numbers differ in voice or in what they say. Default 0. */
  voice?: number;
}

/** A file of speech: WAV, 48 kHz, mono, 16 bit. */
export interface SpeechFile {
  readonly path: string;
  readonly seconds: number;
}

interface Source {
  readonly folder: string;
  readonly debianPackage: string;
  /** Whether a file of the folder is speech; beeps and noises lie there too. */
  readonly isSpeech: (name: string) => boolean;
}

/** English, 48 kHz: the names of loudspeakers. */
const ALSA: Source = {
  folder: '/usr/share/sounds/alsa',
  debianPackage: 'alsa-utils',
  isSpeech: (name) => /^(Front|Rear|Side)_/.test(name),
};
/** English, 8 kHz: the announcements of a telephone exchange. */
const ASTERISK: Source = {
  folder: '/usr/share/asterisk/sounds/en_US_f_Allison',
  debianPackage: 'asterisk-core-sounds-en-wav',
  isSpeech: (name) => /^(agent|call|conf|demo|dir|invalid|pbx|queue|vm)-/.test(name),
};

/** Speed at which a voice is played: with it pitch and timbre change, so one recording makes several speakers. */
const SPEEDS = [1, 1, 0.88, 0.9, 1.14, 1.12, 0.94, 1.06];
/** Level of the speech, RMS over its loud parts: usual for a microphone, with room for peaks. */
const SPEECH_RMS = 0.1;
const SAMPLE_RATE = 48000;
/** Part of the cached files' names; raise it when the recipe changes. */
const RECIPE = 1;

/**
 * Makes a file of real speech by joining recordings of Debian packages with short pauses, in an order that never
 * repeats itself, so that it can be aligned. Made once, and kept in the system's folder for temporary files.
 * @throws Error naming the package to install when its recordings are not there
 */
export async function speechFile({ seconds, voice = 0 }: SpeechOptions): Promise<SpeechFile> {
  const folder = join(tmpdir(), 'partyline-speech');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `v${RECIPE}-voice${voice}-${seconds}s.wav`);
  if (!existsSync(path)) {
    const pcm = await speak(seconds, voice);
    // Written beside and moved, so that two test processes never see half a file.
    const writer = new WavWriter(`${path}.${process.pid}.tmp`);
    writer.write(pcm);
    writer.close();
    renameSync(writer.path, path);
  }
  return { path, seconds: (readFileSync(path).length - 44) / (2 * SAMPLE_RATE) };
}

async function speak(seconds: number, voice: number): Promise<Float32Array> {
  const source = voice % 2 === 0 ? ALSA : ASTERISK;
  const names = recordings(source);
  const random = sequenceOf(voice + 1);
  const speed = SPEEDS[voice % SPEEDS.length]!;
  const parts: Float32Array[] = [];
  let samples = 0;
  let order: string[] = [];
  while (samples < seconds * SAMPLE_RATE) {
    if (order.length === 0) order = shuffled(names, random);
    const recording = await readSpeech(readFileSync(join(source.folder, order.pop()!)));
    // Played faster is the same as recorded at a higher rate.
    const spoken = normalised(await resample(recording, Math.round(SAMPLE_RATE * speed), SAMPLE_RATE));
    const pause = new Float32Array(Math.round((0.15 + 0.35 * random()) * SAMPLE_RATE));
    parts.push(spoken, pause);
    samples += spoken.length + pause.length;
  }
  const joined = new Float32Array(samples);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function recordings({ folder, debianPackage, isSpeech }: Source): string[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.wav') && isSpeech(name))
    : [];
  if (names.length === 0) {
    throw new Error(
      `no speech in ${folder}; install the Debian package ${debianPackage} (apt-get install ${debianPackage})`,
    );
  }
  return names.sort();
}

/** Brings the loud parts to {@link SPEECH_RMS} and takes away the silence around the words. */
function normalised(pcm: Float32Array): Float32Array {
  const peak = pcm.reduce((greatest, sample) => Math.max(greatest, Math.abs(sample)), 0);
  const audible = (sample: number) => Math.abs(sample) > peak * 0.01;
  const start = Math.max(0, pcm.findIndex(audible) - 480);
  const end = Math.min(pcm.length, pcm.findLastIndex(audible) + 2400);
  const words = pcm.slice(start, end);
  const loud = words.filter((sample) => Math.abs(sample) > peak * 0.05);
  const rms = Math.sqrt(loud.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, loud.length));
  const gain = Math.min(SPEECH_RMS / rms, 0.8 / peak);
  return words.map((sample) => sample * gain);
}

function shuffled(names: readonly string[], random: () => number): string[] {
  const order = [...names];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}

/** Numbers from 0 to 1, the same ones for the same seed (a linear congruence; its high bits are used). */
function sequenceOf(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
