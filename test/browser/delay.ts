import { cut, endsAtMs, levelDb, type Timeline } from './timeline.ts';

/** How one piece of sound came out at the other end. */
export interface DelaySample {
  /** Epoch ms at which the piece was spoken. */
  atMs: number;
  /** From mouth to ear. */
  delayMs: number;
  /** Normalised cross-correlation at that delay: 1 for the same sound. */
  correlation: number;
}

export interface DelayOptions {
  /** Length of a piece. */
  windowMs?: number;
  /** The delays that are tried. */
  leastMs?: number;
  mostMs?: number;
  /** Pieces quieter than this are skipped: silence fits anywhere. */
  quietDb?: number;
}

/** Coarse search, in samples per second: enough to find a syllable, and 36 times cheaper than the full rate. */
const COARSE_RATE = 8_000;
/** Enough of a voice to be told from everything else that it says, in ms. */
export const LOCATE_MS = 1_500;

/** Energy below which a piece is silence: sample values squared, summed up. */
const SILENT = 1e-6;

/** Finds each piece of `spoken` in `heard` and tells how much later it came. */
export function measureDelays(spoken: Timeline, heard: Timeline, options: DelayOptions = {}): DelaySample[] {
  const { windowMs = 1_000, leastMs = -50, mostMs = 600, quietDb = -50 } = options;
  const coarseSpoken = resample(spoken, COARSE_RATE);
  const coarseHeard = resample(heard, COARSE_RATE);
  const fineHeard = resample(heard, 48_000);
  const fineSpoken = resample(spoken, 48_000);
  const found: DelaySample[] = [];
  const lastMs = Math.min(endsAtMs(spoken) - windowMs, endsAtMs(heard) - windowMs - mostMs);
  for (let atMs = Math.max(spoken.startsAtMs, heard.startsAtMs - leastMs); atMs <= lastMs; atMs += windowMs) {
    const piece = cut(coarseSpoken, atMs, atMs + windowMs);
    if (levelDb(piece) < quietDb) continue;
    const coarse = bestDelay(piece, coarseHeard, atMs, leastMs, mostMs);
    const finePiece = cut(fineSpoken, atMs, atMs + windowMs);
    const fine = bestDelay(finePiece, fineHeard, atMs, coarse.delayMs - 0.25, coarse.delayMs + 0.25);
    found.push({ atMs, ...fine });
  }
  return found;
}

/**
 * When a known piece of sound begins within a recording, in epoch ms: the place where it fits best. Looks at the
 * first moments of the piece only, so these must not be silent.
 */
export function locate(piece: Timeline, recording: Timeline): number {
  const opening = resample(cut(piece, piece.startsAtMs, piece.startsAtMs + LOCATE_MS), COARSE_RATE);
  const whole = resample(recording, COARSE_RATE);
  const { startsAtMs } = whole;
  return startsAtMs + bestDelay(opening, whole, startsAtMs, 0, endsAtMs(whole) - startsAtMs).delayMs;
}

function bestDelay(
  piece: Timeline,
  heard: Timeline,
  atMs: number,
  leastMs: number,
  mostMs: number,
): Pick<DelaySample, 'delayMs' | 'correlation'> {
  const { sampleRate } = piece;
  const first = Math.round(((atMs + leastMs - heard.startsAtMs) * sampleRate) / 1_000);
  const last = Math.round(((atMs + mostMs - heard.startsAtMs) * sampleRate) / 1_000);
  let best = { delayMs: Number.NaN, correlation: -1 };
  const from = Math.max(0, first);
  const length = piece.samples.length;
  const own = energy(piece.samples, 0, length);
  let other = energy(heard.samples, from, from + length);
  for (let offset = from; offset <= last && offset + length <= heard.samples.length; offset++) {
    // The energy moves along with the piece; what rounding leaves of a silence is none.
    if (offset > from) {
      other += heard.samples[offset + length - 1]! ** 2 - heard.samples[offset - 1]! ** 2;
    }
    if (own < SILENT || other < SILENT) continue;
    const correlation = product(piece.samples, heard.samples, offset) / Math.sqrt(own * other);
    if (correlation <= best.correlation) continue;
    best = { delayMs: heard.startsAtMs + (1_000 * offset) / sampleRate - atMs, correlation };
  }
  return best;
}

function energy(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < Math.min(to, samples.length); i++) sum += samples[i]! ** 2;
  return sum;
}

function product(piece: Float32Array, heard: Float32Array, offset: number): number {
  let cross = 0;
  for (let i = 0; i < piece.length; i++) cross += piece[i]! * heard[offset + i]!;
  return cross;
}

/**
 * Another rate by averaging or linear interpolation. Coarse, but time and likeness are all that is asked here;
 * quality is judged on the original samples.
 */
function resample(timeline: Timeline, sampleRate: number): Timeline {
  if (timeline.sampleRate === sampleRate) return timeline;
  const { samples, startsAtMs } = timeline;
  const step = timeline.sampleRate / sampleRate;
  const out = new Float32Array(Math.floor(samples.length / step));
  for (let i = 0; i < out.length; i++) {
    const from = i * step;
    if (step <= 1) {
      const index = Math.floor(from);
      const next = samples[index + 1] ?? samples[index]!;
      out[i] = samples[index]! + (from - index) * (next - samples[index]!);
      continue;
    }
    // Centred on the moment, so that averaging moves nothing in time.
    const begin = Math.max(0, Math.round(from - step / 2));
    const end = Math.min(samples.length, Math.round(from + step / 2));
    let sum = 0;
    for (let k = begin; k < end; k++) sum += samples[k]!;
    out[i] = sum / Math.max(1, end - begin);
  }
  return { startsAtMs, sampleRate, samples: out };
}
