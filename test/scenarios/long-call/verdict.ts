import type { Expectations } from '@partyline/harness';
import { median } from '../../browser/timeline.ts';
import type { Seen } from './minutes.ts';
import { growthPerSecond, LEAST_SAMPLES, type Sample } from './slope.ts';

/** Bytes by which a heap may grow each second, after collections: half of a leak of 1 KB/s, which is 3.6 MB an hour. */
export const MOST_HEAP_GROWTH = 512;
/**
 * The same of whole processes, whose allocators keep what they once had. Enough to see frames of sound that are never
 * freed: one second of PCM is 192 KB.
 */
const MOST_PROCESS_GROWTH = 16_384;
/**
 * How many more there may be at the end than at the beginning: nodes and listeners, as people's tiles differ; and the
 * socket of before, which the one in use may still know.
 */
const MOST_MORE: Readonly<Record<string, number>> = {
  nodes: 15,
  detachedNodes: 10,
  listeners: 10,
  sockets: 1,
};
/** Of mouth to ear, in ms, between the call's beginning and its end. */
const MOST_DRIFT_MS = 15;
/** Before that, a page still fills what is of bounded size, and its code is still compiled. */
const WARM_UP_MS = 120_000;
/** Minutes at either end that are compared. */
const COMPARED = 3;

/** One figure of the call: where it began, where it ended, and how it grew. */
export interface Trend {
  what: string;
  first: number;
  last: number;
  perSecond: number;
}

const settled = (samples: readonly Sample[]): Sample[] => samples.filter(({ atMs }) => atMs >= WARM_UP_MS);

const ends = (samples: readonly Sample[]): { first: number; last: number } => {
  const values = samples.map(({ value }) => value);
  return { first: median(values.slice(0, COMPARED)), last: median(values.slice(-COMPARED)) };
};

/** What is judged by how fast it grows. */
const LIMITS: Readonly<Record<string, number>> = {
  heap: MOST_HEAP_GROWTH,
  process: MOST_PROCESS_GROWTH,
  external: MOST_HEAP_GROWTH,
  rss: MOST_PROCESS_GROWTH,
};

/**
 * By how much the delay has grown, in ms: from the second minute to the last; or, where others keep the machine
 * busy and a buffer rightly grows and shrinks with that, from the best minute of the first third to that of the last. A
 * delay that creeps up is there in every minute, also in the best one.
 */
export const driftOf = (delays: readonly Sample[], isShared: boolean): { first: number; last: number } => {
  const values = delays.map(({ value }) => value);
  const third = Math.max(1, Math.floor(values.length / 3));
  return isShared
    ? { first: Math.min(...values.slice(0, third)), last: Math.min(...values.slice(-third)) }
    : { first: values[1] ?? Number.NaN, last: values.at(-1) ?? Number.NaN };
};

/** Judges a call: nothing grows, and nobody hears later at its end than at its beginning. */
export const judge = (
  seen: Seen,
  checks: Expectations,
  isShared: boolean,
): { trends: Trend[]; driftMs: number } => {
  for (const failure of seen.failures) checks.expect(false, failure);
  const trends: Trend[] = [];
  for (const [what, all] of seen.memory) {
    const samples = settled(all);
    if (samples.length < LEAST_SAMPLES) {
      checks.expect(false, `${what}: ${samples.length} looks after the first 2 minutes show no trend`);
      continue;
    }
    const trend = { what, ...ends(samples), perSecond: growthPerSecond(samples) };
    trends.push(trend);
    const kind = what.split(' ')[1]!;
    const limit = LIMITS[kind];
    if (limit !== undefined) {
      checks.expect(
        trend.perSecond <= limit,
        `${what} grows by ${Math.round(trend.perSecond)} bytes a second, more than ${limit}`,
      );
    } else {
      const more = trend.last - trend.first;
      checks.expect(
        more <= (MOST_MORE[kind] ?? 0),
        `${what}: ${more} more at the end (${trend.last}) than at the beginning`,
      );
    }
  }
  const { first, last } = driftOf(seen.delays, isShared);
  const driftMs = last - first;
  const mostMs = MOST_DRIFT_MS * (isShared ? 2 : 1);
  checks.expect(
    Math.abs(driftMs) <= mostMs || (isShared && driftMs < 0),
    `mouth to ear went from ${first.toFixed(0)} to ${last.toFixed(0)} ms, by more than ${mostMs}`,
  );
  return { trends, driftMs };
};
