import { nowMs } from '../../support/raw-client.ts';
import { forMs, until } from '../../support/wait.ts';
import {
  countsOf,
  describeHearing,
  expectAsInFront,
  type Hearing,
  listen,
  SETTLED_WITHIN_MS,
  type Stage,
  TALK_MS,
} from './stage.ts';
import { describePace, expectEven, paceSince } from './uplink-pace.ts';

declare global {
  interface Window {
    /** How far apart the runs of a timer of 50 ms are, for the scenario to see how far the page is slowed down. */
    timerGapsMs?: number[];
  }
}

/** In a hidden page whose sound has been silent for long Chromium wakes timers once a second. */
const SLOWED_DOWN_MS = 900;
/** The browser looks on for a moment before it slows a page down. */
const SLOWING_MS = 3_000;
const HIDDEN_MS = 10_000;

const timerGapsMs = (stage: Stage): Promise<number[]> =>
  stage.grace.call(() => window.timerGapsMs!.slice(-3));

const hide = async ({ grace, other }: Stage): Promise<void> => {
  await other.show();
  await until('the page is hidden', () => grace.call(() => document.visibilityState === 'hidden'));
};

/**
 * Grace talks behind another tab in a room where nobody else does: hers is the page that the browser slows down the
 * most. Then Ada begins to talk.
 * @returns judges what was heard then, once it is known how it is in front
 */
export const talkUnheard = async (stage: Stage): Promise<(inFront: Hearing) => void> => {
  const { ada, grace, checks } = stage;
  const before = await countsOf(grace);
  await hide(stage);
  await forMs(SLOWING_MS);
  const slowedAtMs = nowMs();
  await forMs(HIDDEN_MS);
  const pace = await paceSince(ada, slowedAtMs);
  const gapsMs = await timerGapsMs(stage);
  stage.say(
    `hidden, nobody else talks: ${describePace(pace)}; timers of 50 ms run after ${gapsMs.map(Math.round).join(', ')} ms`,
  );
  // Or nothing would be shown by what follows.
  checks.expect(
    gapsMs.every((gapMs) => gapMs >= SLOWED_DOWN_MS),
    `the browser does not slow down the hidden page: its timers run after ${gapsMs.join()} ms`,
  );
  expectEven(checks, 'hidden, nobody else talks', pace);
  await ada.page.evaluate(() => window.call!.setMuted(false));
  await forMs(SETTLED_WITHIN_MS);
  const hearing = await listen(stage, TALK_MS);
  stage.say(`hidden, Ada begins to talk: ${describeHearing(hearing)}`);
  const after = await countsOf(grace);
  checks.expect(
    JSON.stringify(after) === JSON.stringify(before),
    `hidden, nobody else talks: counts went from ${JSON.stringify(before)} to ${JSON.stringify(after)}`,
  );
  await grace.show();
  return (inFront) => expectAsInFront(checks, 'hidden, Ada begins to talk', hearing, inFront);
};

/** Both talk, Grace's page is behind another tab, and then in front again. */
export const talkHidden = async (stage: Stage, inFront: Hearing): Promise<void> => {
  const { system, ada, grace, checks } = stage;
  const paused = async (): Promise<number> =>
    (await system.metrics()).sum('partyline_frames_lost_total', { hop: 'downlink', reason: 'paused' });
  const [before, pausedBefore] = [await countsOf(grace), await paused()];
  await hide(stage);
  const hiddenAtMs = nowMs();
  await forMs(SETTLED_WITHIN_MS);
  const hearing = await listen(stage, HIDDEN_MS - SETTLED_WITHIN_MS);
  const pace = await paceSince(ada, hiddenAtMs);
  const pausedFrames = (await paused()) - pausedBefore;
  const after = await countsOf(grace);
  stage.say(`hidden, both talk: ${describeHearing(hearing)}; ${describePace(pace)}`);
  expectAsInFront(checks, 'hidden', hearing, inFront);
  expectEven(checks, 'hidden', pace);
  checks.expect(
    JSON.stringify(after) === JSON.stringify(before),
    `hidden: counts went from ${JSON.stringify(before)} to ${JSON.stringify(after)}`,
  );
  checks.expect(pausedFrames === 0, `hidden: the edge paused somebody, which cost ${pausedFrames} frames`);
  await grace.show();
  await forMs(SETTLED_WITHIN_MS);
  const back = await listen(stage, TALK_MS);
  stage.say(`shown again: ${describeHearing(back)}`);
  expectAsInFront(checks, 'shown again', back, inFront);
};
