import { SequenceExtender } from '@partyline/protocol';

/** What must be known of a frame: a raw client's or a caller's. */
interface ArrivedFrame {
  sequence: number;
  arrivedAtMs: number;
  /** From capture to arrival, in ms. */
  delayMs: number;
}

/** How one stream came to one listener, each frame counted when it came for the first time. */
export interface Continuity {
  frames: number;
  /** Numbers between the first and the last that never came. */
  missing: number;
  duplicates: number;
  /** The longest time without a new frame beyond one frame's own 20 ms, in ms. */
  longestGapMs: number;
  /**
   * The longest silence that is heard behind a play-out buffer that never holds more than the SDK's least, in ms:
   * by how much a frame missed its time, or what frames that never came leave open.
   */
  heardGapMs: number;
  /** When that was, epoch ms. */
  heardGapAtMs: number;
}

const FRAME_MS = 20;
/** The least that the SDK's play-out buffer holds in a browser. */
const BUFFER_MS = 50;
/** The delay that the buffer goes by is the least of so many frames before: two seconds of voice. */
const REMEMBERED_FRAMES = 100;

/** Examines frames of one stream in the order of their arrival, from connections one after the other or at once. */
export const continuityOf = (frames: readonly ArrivedFrame[]): Continuity => {
  const extender = new SequenceExtender();
  const seen = new Set<number>();
  const delays: number[] = [];
  let duplicates = 0;
  let newAtMs: number | undefined;
  let longestGapMs = 0;
  let heard = { gapMs: 0, atMs: 0 };
  for (const { sequence, arrivedAtMs, delayMs } of frames) {
    const number = extender.extend(sequence & 0xffff);
    if (seen.has(number)) {
      duplicates += 1;
      continue;
    }
    seen.add(number);
    if (newAtMs !== undefined) longestGapMs = Math.max(longestGapMs, arrivedAtMs - newAtMs - FRAME_MS);
    newAtMs = arrivedAtMs;
    delays.push(delayMs);
    if (delays.length > REMEMBERED_FRAMES) delays.shift();
    const lateMs = delayMs - Math.min(...delays) - BUFFER_MS;
    if (lateMs > heard.gapMs) heard = { gapMs: lateMs, atMs: arrivedAtMs };
  }
  const { missing, longestRun } = holes(seen);
  if (longestRun * FRAME_MS > heard.gapMs) heard = { ...heard, gapMs: longestRun * FRAME_MS };
  return {
    frames: seen.size,
    missing,
    duplicates,
    longestGapMs,
    heardGapMs: heard.gapMs,
    heardGapAtMs: heard.atMs,
  };
};

/** Sequences, as on the wire, that are missing between the first and the last of one stream. */
export const missingSequences = (frames: readonly Pick<ArrivedFrame, 'sequence'>[]): number[] => {
  const extender = new SequenceExtender();
  const seen = new Set(frames.map(({ sequence }) => extender.extend(sequence & 0xffff)));
  const missing: number[] = [];
  for (let sequence = Math.min(...seen) + 1; sequence < Math.max(...seen); sequence++) {
    if (!seen.has(sequence)) missing.push(sequence & 0xffff);
  }
  return missing;
};

/** Numbers that are missing between the first and the last, and how many at most one after the other. */
const holes = (seen: ReadonlySet<number>): { missing: number; longestRun: number } => {
  const sorted = [...seen].sort((a, b) => a - b);
  let missing = 0;
  let longestRun = 0;
  for (let i = 1; i < sorted.length; i++) {
    const run = sorted[i]! - sorted[i - 1]! - 1;
    missing += run;
    longestRun = Math.max(longestRun, run);
  }
  return { missing, longestRun };
};
