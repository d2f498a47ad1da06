import type { LineSample } from './line-history.ts';

/**
 * How good the line is. `quiet`: nobody is heard, so nothing can be said; `broken` and `late` are what
 * `partyline_voice_seconds_total` calls so, the others are better.
 */
export type Grade = 'quiet' | 'good' | 'fair' | 'late' | 'broken';

export interface Verdict {
  grade: Grade;
  /** Means of the time looked at; undefined with `quiet`. */
  mouthToEarMs: number | undefined;
  /** Share that was lost or came too late, 0 … 1. */
  missing: number;
  /** Share that was invented, 0 … 1. */
  concealed: number;
}

/** Long enough that one cough of the network is no bad line. */
const WINDOW_MS = 10_000;
/** Three seconds of a voice: with less, one cough of the network or the first moment of a call would be most of it. */
const ENOUGH_FRAMES = 150;
/** As edges judge voice (docs/hops.md). */
const BROKEN_MISSING = 0.02;
const BROKEN_CONCEALED = 0.05;
const LATE_MS = 400;
/** ITU-T G.114: most people notice nothing below 150 ms, and talk well up to somewhat more. */
const FAIR_MS = 200;
const FAIR_MISSING = 0.005;

/** Judges the last ten seconds. */
export function judge(samples: readonly LineSample[]): Verdict {
  const newestMs = samples.at(-1)?.atMs ?? 0;
  const lately = samples.filter(({ atMs }) => atMs > newestMs - WINDOW_MS);
  const mouthToEarMs = mean(lately.flatMap(({ way }) => (way === undefined ? [] : [way.totalMs])));
  const frames = lately.reduce((sum, sample) => sum + sample.frames, 0);
  const missing =
    lately.reduce((sum, { frames: of, lost = 0, late = 0 }) => sum + of * (lost + late), 0) /
    Math.max(1, frames);
  const concealed = mean(lately.flatMap(({ concealed: share }) => (share === undefined ? [] : [share]))) ?? 0;
  const figures = { mouthToEarMs, missing, concealed };
  if (mouthToEarMs === undefined) return { ...figures, grade: 'quiet' };
  const isBroken = missing > BROKEN_MISSING || concealed > BROKEN_CONCEALED;
  if (isBroken && frames >= ENOUGH_FRAMES) return { ...figures, grade: 'broken' };
  if (mouthToEarMs > LATE_MS) return { ...figures, grade: 'late' };
  const isFair = mouthToEarMs > FAIR_MS || missing > FAIR_MISSING;
  return { ...figures, grade: isFair ? 'fair' : 'good' };
}

/** Undefined of nothing. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
