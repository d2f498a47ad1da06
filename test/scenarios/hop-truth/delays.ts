import type { Expectations, RunContext } from '@partyline/harness';
import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { Call, Listener } from './call.ts';
import { meansMs, read } from './readings.ts';
import type { Step } from './steps.ts';
import { type Sums, sumsOf } from './sums.ts';

const ADDED_MS = 50;
const TOLERANCE_MS = 5;
/** Of a single frame's sum; and so many frames are followed at least by each listener each time. */
const SUM_TOLERANCE_MS = 10;
const LEAST_FOLLOWED = 8;
const FOLLOWED_WITHIN_MS = 5_000;
/** What was under way when the delay changed has been heard by then: a new play-out is not to learn from it. */
const UNDER_WAY_MS = 300;
/** Longer than a receiver report looks back (2 s) and a new play-out needs to settle, so that none is of before. */
const SETTLE_MS = 3_000;
/** From then on what is heard has come by the play-out's new start. */
const HEARD_ANEW_MS = 1_000;
const STEADY_MS = 2;
const MAX_RETRIES = 6;
/** Where timing gates at three times its value, and time is short. */
const MAX_RETRIES_IN_CI = 2;
/** Two receiver reports, or six. */
const WINDOW_MS = 4_200;
const LONG_WINDOW_MS = 12_200;

/** How far each mean went when one hop was made later. */
export interface Delay {
  hop: string;
  /** By `edge hop`. */
  movedMs: Map<string, number>;
  /** Of what should have moved, in that order. */
  shown: readonly number[];
  worstOther: { key: string; ms: number };
  sums: readonly Sums[];
}

/** What was measured for a while. */
interface Measured {
  meansMs: Map<string, number>;
  sums: readonly Sums[];
}

/** How often a window may be measured again, in all: each takes as long as the others. */
interface Retries {
  left: number;
}

/** Whether a play-out did not adapt meanwhile: what was heard took the same time from first to last. */
const isSteady = ({ ear }: Listener, fromMs: number): boolean => {
  const marksMs = ear.mouthToEar.filter(({ atMs }) => atMs > fromMs).map(({ ms }) => ms);
  return Math.max(...marksMs) - Math.min(...marksMs) <= STEADY_MS;
};

const measureOnce = async (
  context: RunContext,
  system: System,
  call: Call,
): Promise<Measured & { steady: boolean }> => {
  await Promise.all(call.listeners.map((listener) => listener.listenAnew()));
  const anewMs = nowMs();
  await forMs(SETTLE_MS);
  const before = await read(system);
  const from = call.listeners.map(({ followed }) => followed.frames.length);
  await forMs(context.full ? LONG_WINDOW_MS : WINDOW_MS);
  // Which frames are followed is up to chance, and now and then few are: then a little longer.
  const areFollowed = () =>
    call.listeners.every(({ followed }, i) => followed.frames.length - from[i]! >= LEAST_FOLLOWED);
  await holdsWithin(areFollowed, FOLLOWED_WITHIN_MS, 50);
  const sums = call.listeners.map((listener, i) => sumsOf(listener, from[i]!));
  const means = meansMs(before, await read(system));
  const steady = call.listeners.every((listener) => isSteady(listener, anewMs + HEARD_ANEW_MS));
  return { meansMs: means, sums, steady };
};

/**
 * Measures until the play-outs kept their delay all the while. When this process stands still for some ms, they take
 * the voice that waited for fast and move by as much, which says nothing of the hop that is looked at.
 */
const window = async (
  context: RunContext,
  system: System,
  call: Call,
  retries: Retries,
): Promise<Measured> => {
  await forMs(UNDER_WAY_MS);
  let measured = await measureOnce(context, system, call);
  while (!measured.steady && retries.left > 0) {
    retries.left -= 1;
    measured = await measureOnce(context, system, call);
  }
  return measured;
};

const judge = (step: Step, base: Map<string, number>, { meansMs: now, sums }: Measured): Delay => {
  const movedMs = new Map([...base].map(([key, ms]) => [key, (now.get(key) ?? Number.NaN) - ms]));
  let worstOther = { key: 'none', ms: 0 };
  for (const [key, ms] of movedMs) {
    if (step.moves.includes(key)) continue;
    if (!(Math.abs(ms) <= Math.abs(worstOther.ms))) worstOther = { key, ms };
  }
  const shown = step.moves.map((key) => movedMs.get(key) ?? Number.NaN);
  return { hop: step.hop, movedMs, shown, worstOther, sums };
};

/**
 * Adds 50 ms to one hop after the other, long after the clocks were set, and looks which means go along. What they
 * are without is measured before and after all of it.
 */
export const delays = async (
  context: RunContext,
  system: System,
  call: Call,
  steps: readonly Step[],
): Promise<{ base: Map<string, number>; sums: readonly Sums[]; delays: Delay[]; retries: number }> => {
  const most = context.ci ? MAX_RETRIES_IN_CI : MAX_RETRIES;
  const retries: Retries = { left: most };
  const before = await window(context, system, call, retries);
  const during: [Step, Measured][] = [];
  for (const step of steps) {
    await step.wish(call, { delayMs: ADDED_MS });
    during.push([step, await window(context, system, call, retries)]);
    await step.wish(call, { delayMs: 0 });
  }
  const after = await window(context, system, call, retries);
  const base = new Map(
    [...before.meansMs].map(([key, ms]) => [key, (ms + (after.meansMs.get(key) ?? Number.NaN)) / 2]),
  );
  const again = most - retries.left;
  return {
    base,
    sums: before.sums,
    retries: again,
    delays: during.map(([step, now]) => judge(step, base, now)),
  };
};

/** Says whether the right means moved by the right amount, and no other, and whether single frames add up. */
export const expectTruth = (
  { timingSlack: slack }: RunContext,
  checks: Expectations,
  steps: readonly Step[],
  { base, sums, delays: all }: Awaited<ReturnType<typeof delays>>,
): void => {
  const near = (ms: number, wantedMs: number): boolean => Math.abs(ms - wantedMs) <= TOLERANCE_MS * slack;
  for (const [key, ms] of base) {
    checks.expect(!Number.isNaN(ms), `nothing was observed of ${key} after the delays`);
  }
  for (const [i, { hop, shown, worstOther }] of all.entries()) {
    const added = `${ADDED_MS} ms on ${hop} moved`;
    for (const [j, ms] of shown.entries()) {
      checks.expect(near(ms, ADDED_MS), `${added} ${steps[i]!.moves[j]} by ${ms.toFixed(1)} ms`);
    }
    checks.expect(near(worstOther.ms, 0), `${added} ${worstOther.key} by ${worstOther.ms.toFixed(1)} ms`);
  }
  const whiles = [
    ['without faults', sums] as const,
    ...all.map((one) => [`50 ms on ${one.hop}`, one.sums] as const),
  ];
  for (const [when, ofAll] of whiles) {
    for (const { edge, frames, worstMs, disordered } of ofAll) {
      const where = `on ${edge}, ${when}:`;
      checks.expect(frames >= LEAST_FOLLOWED, `${where} only ${frames} frames were followed`);
      checks.expect(disordered === 0, `${where} ${disordered} frames have stamps out of order`);
      checks.expect(
        Math.abs(worstMs) <= SUM_TOLERANCE_MS * slack,
        `${where} the hops of a frame add up to ${worstMs.toFixed(1)} ms more than what was heard`,
      );
    }
  }
};
