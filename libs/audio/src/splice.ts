/** Samples over which two pieces of sound are cross-faded, and compared to find where they fit. */
export const SPLICE_SAMPLES = 360;
/** Shortest and longest distance at which sound is taken to repeat itself: 400 Hz down to 67 Hz at 48 kHz. */
export const MIN_LAG_SAMPLES = 120;
export const MAX_LAG_SAMPLES = 720;

/** Where a sound repeats itself. */
export interface Repetition {
  /** Distance of the repetition, samples. */
  lag: number;
  /** How alike the two are, −1 to 1; 1 for silence. */
  likeness: number;
}

function likenessAt(pcm: Float32Array, at: number, lag: number, stride: number): number {
  let dot = 0;
  let energy = 0;
  let energyLater = 0;
  for (let i = at; i < at + SPLICE_SAMPLES; i += stride) {
    const a = pcm[i]!;
    const b = pcm[i + lag]!;
    dot += a * b;
    energy += a * a;
    energyLater += b * b;
  }
  // Two silences fit each other perfectly; −60 dBFS counts as one, because no splice is heard in it.
  const inaudible = 1e-6 * (SPLICE_SAMPLES / stride);
  if (energy < inaudible && energyLater < inaudible) return 1;
  return dot / Math.sqrt(energy * energyLater + 1e-12);
}

/**
 * Finds the lag at which `pcm` from `at` is most like itself. `pcm` has to hold `at + maxLag + SPLICE_SAMPLES`
 * samples. Searched coarsely first, because this runs on an audio thread.
 */
export function findRepetition(pcm: Float32Array, at: number, minLag: number, maxLag: number): Repetition {
  let best = { lag: minLag, likeness: -2 };
  for (let lag = minLag; lag <= maxLag; lag += 3) {
    const likeness = likenessAt(pcm, at, lag, 4);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  const coarseLag = best.lag;
  best = { lag: coarseLag, likeness: -2 };
  for (let lag = Math.max(minLag, coarseLag - 3); lag <= Math.min(maxLag, coarseLag + 3); lag += 1) {
    const likeness = likenessAt(pcm, at, lag, 1);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best;
}

/** Cross-fades from `pcm` at `from` to `pcm` at `to` over {@link SPLICE_SAMPLES}, into `out` at `at`. */
export function crossFade(pcm: Float32Array, from: number, to: number, out: Float32Array, at: number): void {
  for (let i = 0; i < SPLICE_SAMPLES; i += 1) {
    const weight = (i + 0.5) / SPLICE_SAMPLES;
    out[at + i] = pcm[from + i]! * (1 - weight) + pcm[to + i]! * weight;
  }
}
