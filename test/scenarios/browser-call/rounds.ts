import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSpeech } from '@partyline/audio/node';
import { LOCATE_MS, locate } from '../../browser/delay.ts';
import { cut, type Timeline } from '../../browser/timeline.ts';
import { judgeSpeech } from '../../support/judge.ts';
import type { SpeechFile } from '../../support/speech.ts';
import { writeWav } from '../../support/wav-file.ts';

const SAMPLE_RATE = 48_000;
/** What is kept before and after a round, for the judge to align it, ms. */
const MARGIN_MS = 300;

/** A talk in which the microphone repeated its file. */
export interface Repeated {
  spoken: Timeline;
  heard: Timeline;
  /** Epoch ms. */
  beganAtMs: number;
  endedAtMs: number;
  mouthToEarMs: number;
}

/**
 * Judges every whole round of a microphone's file by itself: the judge might find half of another one else. Files of what was spoken
 * and heard stay in `folder`.
 * @returns each round's PESQ (MOS-LQO, wide band), in order
 */
export const judgeRounds = async (speech: SpeechFile, talk: Repeated, folder: string): Promise<number[]> => {
  const original: Timeline = {
    startsAtMs: 0,
    sampleRate: SAMPLE_RATE,
    samples: await readSpeech(await readFile(speech.path)),
  };
  const roundMs = 1_000 * speech.seconds;
  const verdicts: number[] = [];
  let fromMs = talk.beganAtMs;
  let withinMs = roundMs;
  while (fromMs + withinMs + roundMs <= talk.endedAtMs) {
    const startsAtMs = locate(original, cut(talk.spoken, fromMs, fromMs + withinMs + LOCATE_MS));
    const endsAtMs = startsAtMs + roundMs;
    const heardPath = join(folder, `heard-${verdicts.length}.wav`);
    writeWav(join(folder, `spoken-${verdicts.length}.wav`), cut(talk.spoken, startsAtMs, endsAtMs).samples);
    const { mouthToEarMs } = talk;
    const heard = cut(talk.heard, startsAtMs + mouthToEarMs - MARGIN_MS, endsAtMs + mouthToEarMs + MARGIN_MS);
    writeWav(heardPath, heard.samples);
    verdicts.push((await judgeSpeech(speech.path, heardPath)).pesq);
    fromMs = endsAtMs - MARGIN_MS;
    withinMs = 2 * MARGIN_MS;
  }
  return verdicts;
};
