import { SequenceExtender } from '@partyline/protocol';

/** What must be known of a frame: a raw client's or a caller's. */
interface ArrivedFrame {
  sequence: number;
  arrivedAtMs: number;
}

/** How one stream came to one listener, each frame counted when it came for the first time. */
export interface Continuity {
  frames: number;
  /** Numbers between the first and the last that never came. */
  missing: number;
  duplicates: number;
  /** The longest time without a new frame beyond one frame's own 20 ms, in ms. */
  longestGapMs: number;
  /** When that gap ended, epoch ms. */
  longestGapAtMs: number;
}

const FRAME_MS = 20;

/** Examines frames of one stream in the order of their arrival, from connections one after the other or at once. */
export const continuityOf = (frames: readonly ArrivedFrame[]): Continuity => {
  const extender = new SequenceExtender();
  const seen = new Set<number>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let duplicates = 0;
  let newAtMs: number | undefined;
  let longestGapMs = 0;
  let longestGapAtMs = 0;
  for (const { sequence, arrivedAtMs } of frames) {
    const number = extender.extend(sequence & 0xffff);
    if (seen.has(number)) {
      duplicates += 1;
      continue;
    }
    seen.add(number);
    first = Math.min(first, number);
    last = Math.max(last, number);
    if (newAtMs !== undefined && arrivedAtMs - newAtMs - FRAME_MS > longestGapMs) {
      longestGapMs = arrivedAtMs - newAtMs - FRAME_MS;
      longestGapAtMs = arrivedAtMs;
    }
    newAtMs = arrivedAtMs;
  }
  const missing = seen.size === 0 ? 0 : last - first + 1 - seen.size;
  return { frames: seen.size, missing, duplicates, longestGapMs, longestGapAtMs };
};
