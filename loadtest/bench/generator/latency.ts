const BUCKET_MS = 0.02;
const BUCKETS = 100_000;

/** Counts latencies in steps of 20 µs up to 2 s; longer ones count as 2 s. */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  record(ms: number): void {
    let bucket = 0;
    if (ms >= BUCKETS * BUCKET_MS) bucket = BUCKETS - 1;
    else if (ms > 0) bucket = (ms / BUCKET_MS) | 0;
    this.#counts[bucket]! += 1;
    this.#total += 1;
  }

  get count(): number {
    return this.#total;
  }

  /** Upper bound of the bucket that holds the quantile, in ms; 0 when nothing was recorded. */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    const rank = Math.max(1, Math.ceil(q * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return Math.round((bucket + 1) * BUCKET_MS * 100) / 100;
    }
    return BUCKETS * BUCKET_MS;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}
