import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSpeech } from '@partyline/audio/node';
import type { CallTab } from '../../browser/call-tab.ts';
import { LOCATE_MS, locate, measureDelays } from '../../browser/delay.ts';
import { cut, levelDb, median, type Timeline } from '../../browser/timeline.ts';
import { tonesAt } from '../../browser/tones.ts';
import { judgeSpeech } from '../../support/judge.ts';
import type { SpeechFile } from '../../support/speech.ts';
import { writeWav } from '../../support/wav-file.ts';
import type { Cast, Room } from './cast.ts';
import { FADING_MS, type Floor, SETTLING_MS, type Span } from './turns.ts';

const SAMPLE_RATE = 48_000;
/** Longer than any way from mouth to ear that is still a conversation. */
const MOST_DELAY_MS = 900;
const BIP_HZ = 1_500;
const BOP_HZ = 500;

/** Everything that was said and played during the call. */
export interface Recordings {
  /** At the microphone of Chromium, and at that of Firefox. */
  ada: Timeline;
  grace: Timeline;
  /** At each one's loudspeaker. */
  played: Map<CallTab, Timeline>;
}

/** A time in which one of them heard something, or nothing. */
export interface ExpectedLevel {
  listener: CallTab;
  span: Span;
  heard: boolean;
  /** What happened then, for people. */
  when: string;
}

/** How a voice came out at one listener. */
export interface HeardSpeech {
  speaker: string;
  listener: string;
  pesq: number;
  /** Of each second of what was spoken with what was played, in the middle. */
  correlation: number;
  /** From mouth to ear, measured in the sound. */
  delayMs: number;
  /** The same as `getStats()` had it. */
  claimedMs: number;
}

/** How WebKit's beeps came out at one listener. */
export interface HeardBeeps {
  listener: string;
  bips: number;
  bops: number;
  /** From each beep to the next; 1,000 ms apart at their source. */
  apartMs: number[];
}

/** Takes everything that was recorded out of the browsers. */
export const takeRecordings = async (cast: Cast, room: Room): Promise<Recordings> => {
  const played = new Map<CallTab, Timeline>();
  for (const call of room.everybody) played.set(call, await call.tab.heard());
  return { ada: await cast.ada.spoken(), grace: cast.microphone.timeline, played };
};

/** How a voice came out at those who listened; what they heard is kept in `folder`. */
export const hearSpeech = async (
  recordings: Recordings,
  floor: Floor,
  speech: SpeechFile,
  { speaker, folder }: { speaker: 'Ada' | 'Grace'; folder: string },
): Promise<HeardSpeech[]> => {
  const spoken = speaker === 'Ada' ? recordings.ada : recordings.grace;
  const samples = await readSpeech(await readFile(speech.path));
  // A microphone that repeats its file is anywhere in it: the judge gets the first whole round after settling.
  const lastRoundAtMs = floor.toMs - 1_000 * speech.seconds;
  const said = cut(spoken, floor.fromMs + SETTLING_MS, lastRoundAtMs + LOCATE_MS);
  const roundAtMs = locate({ startsAtMs: 0, sampleRate: SAMPLE_RATE, samples }, said);
  const heard: HeardSpeech[] = [];
  for (const [listener, claimedMs] of floor.claimsMs) {
    const played = cut(recordings.played.get(listener)!, floor.fromMs - 1_000, floor.toMs + FADING_MS);
    const settled = cut(spoken, floor.fromMs + SETTLING_MS, floor.toMs);
    const delays = measureDelays(settled, played, { mostMs: MOST_DELAY_MS });
    const delayMs = median(delays.map((sample) => sample.delayMs));
    const path = join(folder, `${speaker}-to-${listener.name}.wav`);
    const endsAtMs = roundAtMs + 1_000 * speech.seconds;
    writeWav(path, cut(played, roundAtMs + delayMs - 200, endsAtMs + delayMs + 200).samples);
    heard.push({
      speaker,
      listener: listener.name,
      // Of silence there is no delay, and nothing to judge.
      pesq: Number.isNaN(delayMs) ? 0 : (await judgeSpeech(speech.path, path)).pesq,
      correlation: Number(median(delays.map((sample) => sample.correlation)).toFixed(3)),
      delayMs: Math.round(delayMs),
      claimedMs: Math.round(claimedMs),
    });
  }
  return heard;
};

/** How WebKit's beeps came out at those who listened. */
export const hearBeeps = (recordings: Recordings, floor: Floor): HeardBeeps[] =>
  [...floor.claimsMs.keys()].map((listener) => {
    const played = cut(recordings.played.get(listener)!, floor.fromMs, floor.toMs + FADING_MS);
    const [bips, bops] = [tonesAt(played, BIP_HZ), tonesAt(played, BOP_HZ)];
    const all = [...bips, ...bops].sort((a, b) => a - b);
    return {
      listener: listener.name,
      bips: bips.length,
      bops: bops.length,
      apartMs: all.slice(1).map((atMs, index) => Math.round(atMs - all[index]!)),
    };
  });

/** How loud it was at somebody's loudspeaker, in dBFS. */
export const loudness = (recordings: Recordings, listener: CallTab, { fromMs, toMs }: Span): number =>
  levelDb(cut(recordings.played.get(listener)!, fromMs, toMs));
