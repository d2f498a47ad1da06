import type { Expectations } from '@partyline/harness';
import { median } from '../../browser/timeline.ts';
import type { Seen } from './minutes.ts';
import { growthPerSecond, LEAST_SAMPLES, type Sample } from './slope.ts';

/** Bytes by which a heap may grow each second, after collections: half of a leak of 1 KB/s, which is 3.6 MB an hour. */
export const MOST_HEAP_GROWTH = 512;
/**
 * Whole processes go up and down by tens of MB, with collections that nobody can ask for, those of an audio thread for one.
 * A leak raises the valleys, too: by so much the lowest of the last third may be above that of the first. A second of PCM
 * is 192 KB, so frames of sound that are never freed are far above it within minutes.
 */
const MOST_PROCESS_MORE = 32 * 1_048_576;
/**
 * How many more there may be at the end than at the beginning: nodes and listeners, as people's tiles differ; and some
 * sockets of before, with four listeners each, that nobody has collected yet. Connections are broken four at a time, so
 * one that is kept for each of them is more than that.
 */
const MOST_MORE: Readonly<Record<string, number>> = {
  nodes: 15,
  detachedNodes: 4,
  listeners: 12,
  sockets: 3,
};
/** What the page's chat adds with a message; it keeps 500. */
const OF_A_MESSAGE: Readonly<Record<string, number>> = { nodes: 14, detachedNodes: 1, listeners: 1 };
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
const HEAPS = new Set(['heap', 'external']);
/** What is judged by its valleys. */
const PROCESSES = new Set(['process', 'rss']);

/** The least value of the first and of the last third. */
const valleys = (samples: readonly Sample[]): { first: number; last: number } => {
  const values = samples.map(({ value }) => value);
  const third = Math.max(1, Math.floor(values.length / 3));
  return { first: Math.min(...values.slice(0, third)), last: Math.min(...values.slice(-third)) };
};

/**
 * By how much the delay has grown: from the second minute to the last; or, where others keep the machine busy, from the
 * best minute of the first third to that of the last. A delay that creeps up is there in every minute, also in the best one.
 */
export const driftOf = (delays: readonly Sample[], isShared: boolean): { first: number; last: number } => {
  if (isShared) return valleys(delays);
  return { first: delays[1]?.value ?? Number.NaN, last: delays.at(-1)?.value ?? Number.NaN };
};

/** Judges a call: nothing grows, and nobody hears later at its end than at its beginning. */
export const judge = (
  seen: Seen,
  checks: Expectations,
  isShared: boolean,
): { trends: Trend[]; driftMs: number } => {
  for (const failure of seen.failures) checks.expect(false, failure);
  const trends: Trend[] = [];
  const messages = seen.happened.get('chat messages') ?? 0;
  for (const [what, all] of seen.memory) {
    const samples = settled(all);
    if (samples.length < LEAST_SAMPLES) {
      checks.expect(false, `${what}: ${samples.length} looks after the first 2 minutes show no trend`);
      continue;
    }
    const trend = { what, ...ends(samples), perSecond: growthPerSecond(samples) };
    trends.push(trend);
    const kind = what.split(' ')[1]!;
    if (HEAPS.has(kind)) {
      const grown = Math.round(trend.perSecond);
      checks.expect(
        trend.perSecond <= MOST_HEAP_GROWTH,
        `${what} grows by ${grown} bytes a second, more than ${MOST_HEAP_GROWTH}`,
      );
    } else if (PROCESSES.has(kind)) {
      const { first, last } = valleys(samples);
      checks.expect(
        last - first <= MOST_PROCESS_MORE,
        `${what}: at least ${first} bytes at the beginning and ${last} at the end, ${last - first} more`,
      );
    } else {
      const more = trend.last - trend.first;
      checks.expect(
        more <= (MOST_MORE[kind] ?? 0) + messages * (OF_A_MESSAGE[kind] ?? 0),
        `${what}: ${more} more at the end (${trend.last}) than at the beginning`,
      );
    }
  }
  const { first, last } = driftOf(isShared ? seen.beyondBuffer : seen.delays, isShared);
  const driftMs = last - first;
  const mostMs = MOST_DRIFT_MS * (isShared ? 2 : 1);
  checks.expect(
    Math.abs(driftMs) <= mostMs || (isShared && driftMs < 0),
    `mouth to ear went from ${first.toFixed(0)} to ${last.toFixed(0)} ms, by more than ${mostMs}`,
  );
  return { trends, driftMs };
};
