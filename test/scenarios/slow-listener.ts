import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { CLOSE } from '@partyline/protocol';
import { bookFailures, closedBooks } from '../support/books.ts';
import { expectAllHeard, untilHeard } from '../support/hearing.ts';
import { nowMs, type RawClient } from '../support/raw-client.ts';
import { percentile } from '../support/reception.ts';
import { speech } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs } from '../support/wait.ts';

const ROOM = 'stall';
const LISTENERS = 20;
const SPEAKERS = 3;
const SHORT_STALL_MS = 8_000;
const LONG_STALL_MS = 12_000;
/** The most voice from the time of a stall that may still be heard after it, per speaker. */
const MAX_STALE_MS = 500;
/** For those who do not stall; several times what an idle machine shows, as this one runs everything at once. */
const MAX_DELAY_P99_MS = 150;
const FRAME_MS = 20;
/** What the listeners' stalls may add to the edge's resident memory; V8's own ups and downs are most of it. */
const MAX_GROWTH_MIB = 32;

/** Voice, in ms per speaker, that was captured during a stall and still arrived after it. */
const staleMs = (listener: RawClient, fromMs: number, toMs: number): number =>
  (listener.reception.frames.filter(
    (frame) =>
      frame.arrivedAtMs >= toMs &&
      frame.arrivedAtMs - frame.delayMs < toMs - FRAME_MS &&
      frame.arrivedAtMs - frame.delayMs > fromMs,
  ).length *
    FRAME_MS) /
  SPEAKERS;

/** Samples the process's memory once a second until told to end; returns the peak in MiB. */
const watchMemory = (system: System): (() => Promise<number>) => {
  let watching = true;
  let peakMiB = 0;
  const watched = (async () => {
    while (watching) {
      peakMiB = Math.max(peakMiB, await system.residentMiB());
      await forMs(1_000);
    }
  })();
  return async () => {
    watching = false;
    await watched;
    return peakMiB;
  };
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const { speakers, listeners } = await system.gather(ROOM, { speakers: SPEAKERS, listeners: LISTENERS });
  const [short, long, ...healthy] = listeners as [RawClient, RawClient, ...RawClient[]];

  for (const [index, speaker] of speakers.entries()) talkers.say(speaker, speech(18 + index));
  await forMs(3_000);
  const beforeMiB = await system.residentMiB();
  const peak = watchMemory(system);

  // Right after an acknowledgement is the worst moment: the edge learns latest of a stall that begins then.
  await short.acknowledgement();
  const stalledAtMs = nowMs();
  short.stopReading();
  long.stopReading();
  context.say('two of twenty listeners have stopped reading');
  await forMs(SHORT_STALL_MS);
  const shortResumedAtMs = nowMs();
  short.resumeReading();
  await forMs(LONG_STALL_MS - SHORT_STALL_MS);
  const longResumedAtMs = nowMs();
  long.resumeReading();
  const closeCode = await long.closeCode(3_000);
  await forMs(context.full ? 30_000 : 2_000);
  const growthMiB = (await peak()) - beforeMiB;

  talkers.hush(...speakers);
  const spoken = speakers.reduce((total, speaker) => total + speaker.spoken, 0);
  await untilHeard([short, ...healthy], () => spoken);
  talkers.stop();

  for (const listener of healthy) expectAllHeard(checks, listener, spoken, talkers);
  const delays = healthy.flatMap(({ reception }) => reception.frames.map((frame) => frame.delayMs));
  const delayMs = { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
  const delayBoundMs = MAX_DELAY_P99_MS * (context.ci ? 3 : 1);
  checks.expect(
    delayMs.p99 <= delayBoundMs,
    `the others' p99 delay was ${delayMs.p99.toFixed(1)} ms, more than ${delayBoundMs}`,
  );

  const skipped = short.reception.skippedFrames;
  checks.expect(short.closed === undefined, `the 8 s stall ended in close code ${short.closed?.code}`);
  checks.expect(short.reception.pauses >= 1 && skipped > 0, 'the 8 s stall was not announced as a pause');
  const heard = short.reception.frames.length;
  checks.expect(
    heard + skipped === spoken,
    `after the 8 s stall ${heard} frames were received and ${skipped} announced as skipped, of ${spoken} spoken`,
  );
  checks.expect(
    short.reception.missingMessages + short.reception.repeatedMessages === 0,
    `the 8 s stall left gaps that no pause explains: ${short.reception.missingMessages} messages`,
  );
  const shortStaleMs = staleMs(short, stalledAtMs, shortResumedAtMs);
  const longStaleMs = staleMs(long, stalledAtMs, longResumedAtMs);
  const staleBoundMs = MAX_STALE_MS * (context.ci ? 3 : 1);
  for (const [stall, stale] of [
    ['8 s', shortStaleMs],
    ['12 s', longStaleMs],
  ] as const) {
    checks.expect(
      stale <= staleBoundMs,
      `${stale.toFixed(0)} ms of stale voice after a stall of ${stall}, more than ${staleBoundMs}`,
    );
  }
  checks.expect(
    closeCode === CLOSE.slowListener,
    `the 12 s stall ended in close code ${closeCode}, not ${CLOSE.slowListener}`,
  );
  checks.expect(
    growthMiB <= MAX_GROWTH_MIB,
    `the process grew by ${growthMiB.toFixed(1)} MiB during the stalls, more than ${MAX_GROWTH_MIB}`,
  );

  await Promise.all([...speakers, ...listeners].map((client) => client.leave()));
  const books = await closedBooks(system);
  for (const failure of bookFailures(books)) checks.expect(false, failure);

  context.table([
    [
      'frames spoken',
      'skipped for 8 s',
      'stale ms 8 s / 12 s',
      'close code 12 s',
      'growth MiB',
      "others' p50 / p99 ms",
    ],
    [
      spoken,
      skipped,
      `${shortStaleMs.toFixed(0)} / ${longStaleMs.toFixed(0)}`,
      closeCode ?? 'none',
      growthMiB.toFixed(1),
      `${delayMs.p50.toFixed(1)} / ${delayMs.p99.toFixed(1)}`,
    ],
  ]);
  return {
    ...checks.outcome,
    spoken,
    skipped,
    shortStaleMs,
    longStaleMs,
    closeCode,
    growthMiB,
    delayMs,
    books,
  };
};

/** Two listeners whose sockets stand still, one for longer than an edge waits. */
export const run = systemScenario({
  name: 'slow-listener',
  about:
    'Of 20 listeners one stops reading for 8 s, one for 12 s: others unaffected, memory bounded, skips counted.',
  floor: '500 ms stale',
  aim: '350 ms stale',
  system: {},
  inCall,
});
