import type { Expectations } from '@partyline/harness';
import { measureDelays } from '../../browser/delay.ts';
import type { PlainTab } from '../../browser/plain-tabs.ts';
import { packRecordings, unpackRecordings } from '../../browser/recordings.ts';
import type { SdkPage } from '../../browser/sdk-page.ts';
import { joinBlocks, levelDb, median } from '../../browser/timeline.ts';
import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';

/** What the phases of the scenario share. Both people talk and hear each other. */
export interface Stage {
  system: System;
  /** In front all the time. */
  ada: SdkPage;
  /** In a browser of her own, whose tabs are hidden as a person's are. */
  grace: PlainTab;
  /** The tab that Grace's is hidden behind. */
  other: PlainTab;
  checks: Expectations;
  say: (line: string) => void;
}

/** How Ada came out at Grace's. */
export interface Hearing {
  /** Median from mouth to ear; NaN when nothing of it was found. */
  delayMs: number;
  /** Of that, what Grace's play-out buffer meant to hold: median. */
  targetMs: number;
  /** Loudness of what Grace's page played, dBFS. */
  levelDb: number;
}

/** How soon after a change everything is to be as it was. */
export const SETTLED_WITHIN_MS = 2_000;
/** Enough speech for a median. */
export const TALK_MS = 5_000;
/**
 * How near to that. It goes for what comes beside the buffer: every stop and start of a page is a hiccup that its buffer
 * then waits for on purpose, 20 to 35 ms each and for longer than a phase lasts (seen: 102 ms from mouth to ear in front, 190 ms
 * after all phases, of which 18 to 25 ms were not the buffer's all the time). What the buffer should wait for is judged
 * where its time is simulated.
 */
export const NEAR_MS = 40;
/** Nor does anything add up without end. */
const MOST_DELAY_MS = 300;
/** More is looked for than is allowed: a page whose timers are held up is a second late. */
const SEARCHED_MS = 1_500;
/** The same sound, through a codec and with parts shortened and stretched. */
const ALIKE = 0.6;
const SPEECH_DB = -50;
const LOOK_EVERY_MS = 500;

/** How well Grace hears Ada from now on; what was written down before is forgotten, and so is this. */
export const listen = async (stage: Stage, durationMs: number): Promise<Hearing> => {
  await forget(stage);
  const { ada, grace } = stage;
  const targetsMs: number[] = [];
  const fromMs = nowMs();
  while (nowMs() < fromMs + durationMs) {
    await forMs(LOOK_EVERY_MS);
    const targetMs = await grace.call(() => window.call!.room.getStats().speakers[0]?.bufferTargetMs ?? null);
    if (targetMs !== null) targetsMs.push(targetMs);
  }
  const said = unpackRecordings(await ada.page.evaluate(packRecordings));
  const heard = unpackRecordings(await grace.call(packRecordings));
  await forget(stage);
  const played = joinBlocks(heard.loudspeaker);
  const found = measureDelays(joinBlocks(said.microphone), played, { mostMs: SEARCHED_MS }).filter(
    ({ correlation }) => correlation > ALIKE,
  );
  return {
    delayMs: median(found.map(({ delayMs }) => delayMs)),
    targetMs: median(targetsMs),
    levelDb: levelDb(played),
  };
};

/** Nothing that was said or heard until now counts any more. */
const forget = async ({ ada, grace }: Pick<Stage, 'ada' | 'grace'>): Promise<void> => {
  const empty = (): void => {
    window.partylineTaps!.microphone.length = 0;
    window.partylineTaps!.loudspeaker.length = 0;
  };
  await ada.page.evaluate(empty);
  await grace.call(empty);
};

export const describeHearing = ({ delayMs, targetMs }: Hearing): string =>
  `${Math.round(delayMs)} ms from mouth to ear, ${Math.round(targetMs)} of them the buffer's`;

/** Speech is heard, and no later than it is in front, but for what the buffer waits for. */
export const expectAsInFront = (
  checks: Expectations,
  when: string,
  hearing: Hearing,
  inFront: Hearing,
): void => {
  const { delayMs, targetMs, levelDb } = hearing;
  const beyondMs = delayMs - targetMs;
  const beyondInFrontMs = inFront.delayMs - inFront.targetMs;
  checks.expect(levelDb >= SPEECH_DB, `${when}: the page plays only ${Math.round(levelDb)} dBFS`);
  checks.expect(
    Math.abs(beyondMs - beyondInFrontMs) <= NEAR_MS,
    `${when}: ${describeHearing(hearing)}; in front ${describeHearing(inFront)}`,
  );
  checks.expect(delayMs <= MOST_DELAY_MS, `${when}: ${describeHearing(hearing)}`);
};

/** What Grace's SDK counts. */
export const countsOf = (
  grace: PlainTab,
): Promise<{ skippedFrames: number; reconnects: number; phase: string }> =>
  grace.call(() => {
    const { room } = window.call!;
    const { downlink, reconnects } = room.getStats();
    return { skippedFrames: downlink.skippedFrames, reconnects, phase: room.state.phase };
  });
