/** Something measured now and then. */
export interface Sample {
  /** On any steady clock, in ms. */
  atMs: number;
  value: number;
}

/** Fewer samples say nothing about a trend. */
export const LEAST_SAMPLES = 12;

/**
 * How fast a series grows, by the second: the median of the slopes between all pairs (Theil and Sen). One sample
 * in four may be anything, a spike or a step back, without moving it much; a steady leak is in every pair.
 * @throws Error with fewer than {@link LEAST_SAMPLES}
 */
export const growthPerSecond = (samples: readonly Sample[]): number => {
  if (samples.length < LEAST_SAMPLES) {
    throw new Error(`${samples.length} samples are too few to see a trend; ${LEAST_SAMPLES} are needed.`);
  }
  const slopes: number[] = [];
  for (const [index, later] of samples.entries()) {
    for (const earlier of samples.slice(0, index)) {
      const seconds = (later.atMs - earlier.atMs) / 1_000;
      if (seconds > 0) slopes.push((later.value - earlier.value) / seconds);
    }
  }
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1]!;
};
