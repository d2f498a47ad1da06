import type { Expectations } from '@partyline/harness';
import {
  type ExpectedLevel,
  type HeardBeeps,
  type HeardSpeech,
  loudness,
  type Recordings,
} from './hearing.ts';

/** What is heard is a file, coded once, and stretched where a busy machine was late. */
const LEAST_PESQ = 2.5;
const LEAST_CORRELATION = 0.75;
/**
 * The sound server's buffers are in it, and Firefox's own behind its microphone: 60 ms, and up to 200 where a busy
 * machine let them run dry, for Firefox takes nothing back of what it added.
 */
const MOST_DELAY_MS = 450;
/** A buffer that makes room for late frames moves the beeps by as much; a lost one would leave 2,000 ms. */
const BEEP_OFF_MS = 150;
const SILENCE_DB = -70;
const VOICE_DB = -45;

export const checkSpeech = (checks: Expectations, heard: readonly HeardSpeech[], ci: boolean): void => {
  const mostMs = MOST_DELAY_MS * (ci ? 2 : 1);
  for (const { speaker, listener, pesq, correlation, delayMs } of heard) {
    const way = `from ${speaker} to ${listener}`;
    checks.expect(pesq >= LEAST_PESQ, `PESQ ${way} is ${pesq}, less than ${LEAST_PESQ}`);
    checks.expect(
      correlation >= LEAST_CORRELATION,
      `the voice ${way} correlates by ${correlation}, less than ${LEAST_CORRELATION}`,
    );
    checks.expect(
      delayMs > 0 && delayMs <= mostMs,
      `mouth to ear ${way} takes ${delayMs} ms, more than ${mostMs}`,
    );
  }
};

export const checkBeeps = (checks: Expectations, heard: readonly HeardBeeps[]): void => {
  for (const { listener, bips, bops, apartMs } of heard) {
    checks.expect(bips >= 2 && bops >= 2, `${listener} hears ${bips} beeps of 1,500 Hz and ${bops} of 500`);
    checks.expect(
      apartMs.every((gapMs) => Math.abs(gapMs - 1_000) <= BEEP_OFF_MS),
      `${listener} hears the beeps ${apartMs.join(', ')} ms apart, not 1,000`,
    );
  }
};

/** A voice where one was to be heard, and silence where none was. */
export const checkLevels = (
  checks: Expectations,
  recordings: Recordings,
  levels: readonly ExpectedLevel[],
): void => {
  for (const { listener, span, heard, when } of levels) {
    const db = loudness(recordings, listener, span);
    checks.expect(
      heard ? db >= VOICE_DB : db <= SILENCE_DB,
      `${listener.tab.browser} plays ${db.toFixed(0)} dBFS while ${when}: ${heard ? 'nothing is heard' : 'it should be silent'}`,
    );
  }
};
