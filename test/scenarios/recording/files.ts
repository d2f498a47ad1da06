import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Expectations } from '@partyline/harness';
import { parseManifest, type RecordingManifest } from '@partyline/recording';
import { type Decoded, decodeByFfmpeg } from '../../support/ffmpeg.ts';
import { judgeSpeech, type SpeechVerdict } from '../../support/judge.ts';
import { writeWav } from '../../support/wav-file.ts';
import type { Spoken } from './person.ts';

/** What is promised: files of one recording line up, and are as long as they should be. */
export const ALIGNED_MS = 20;
/** Of Opus at 40 kbit/s, whether as it came or encoded once more. */
const PESQ_FLOOR = 3.8;

/** @throws Error when there is none */
export const manifestIn = async (folder: string): Promise<RecordingManifest> => {
  const manifest = parseManifest(await readFile(join(folder, 'recording.json'), 'utf8'));
  if (manifest === undefined) throw new Error(`${folder} holds no recording`);
  return manifest;
};

/** Decodes a file of a recording by FFmpeg: no complaints, and as long as is told. */
export const decodeChecked = async (
  path: string,
  seconds: number,
  checks: Expectations,
): Promise<Decoded> => {
  const decoded = await decodeByFfmpeg(path);
  const name = basename(path);
  checks.expect(decoded.complaints.length === 0, `${name}: FFmpeg says ${decoded.complaints[0]}`);
  const offMs = (decoded.seconds - seconds) * 1_000;
  checks.expect(
    Math.abs(offMs) <= ALIGNED_MS,
    `${name} is ${decoded.seconds.toFixed(3)} s long, ${offMs.toFixed(1)} ms off`,
  );
  return decoded;
};

/**
 * Judges the speech of one speaker in a file.
 * @param originMs cluster time of the file's beginning
 * @param alone nobody else speaks meanwhile, so that it can be judged
 */
export const judgeIn = async (
  folder: string,
  name: string,
  { pcm }: Decoded,
  { speech, beganAtMs }: Spoken,
  originMs: number,
  checks: Expectations,
): Promise<SpeechVerdict & { offMs: number }> => {
  const expectedMs = beganAtMs - originMs;
  // A second around it, so that whatever else the file holds is no part of the verdict.
  const from = Math.max(0, Math.round((expectedMs - 500) * 48));
  const cut = join(folder, `judged-${name}.wav`);
  writeWav(cut, pcm.slice(from, from + Math.round((speech.seconds + 1) * 48_000)));
  const verdict = await judgeSpeech(speech.path, cut);
  const offMs = verdict.delayMs + from / 48 - expectedMs;
  checks.expect(
    verdict.pesq >= PESQ_FLOOR,
    `${name}: PESQ ${verdict.pesq.toFixed(2)} is below ${PESQ_FLOOR}`,
  );
  checks.expect(
    Math.abs(offMs) <= ALIGNED_MS,
    `${name}: the speech begins ${offMs.toFixed(1)} ms off the moment at which it was spoken`,
  );
  return { ...verdict, offMs };
};
