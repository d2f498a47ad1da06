/** Number of observations of a histogram. */
export const observations = (counts: readonly number[]): number =>
  counts.reduce((total, count) => total + count, 0);

/**
 * The value below which the given share of the observations lies, read from buckets: within a bucket they are taken to be
 * spread evenly. Values over every bound count as the highest bound.
 * @param counts observations per bucket, one more than there are bounds
 * @param boundsSeconds upper bounds, rising
 * @param share 0 … 1
 * @returns seconds; undefined without observations
 */
export const quantile = (
  counts: readonly number[],
  boundsSeconds: readonly number[],
  share: number,
): number | undefined => {
  const total = observations(counts);
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (let bucket = 0; bucket < boundsSeconds.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = bucket === 0 ? 0 : boundsSeconds[bucket - 1]!;
      return lower + (boundsSeconds[bucket]! - lower) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return boundsSeconds.at(-1);
};
