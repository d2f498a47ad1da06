/** How fast delays grow. */
export interface BackoffOptions {
  /** Upper bound of the first delay, in ms. */
  baseMs: number;
  /** Upper bound of every delay, in ms. */
  maxMs: number;
  /** Growth of the bound from one attempt to the next; 2 unless given. */
  factor?: number;
  /** Uniform numbers in [0, 1); Math.random unless given. */
  random?: () => number;
}

/**
 * Exponential back-off with full jitter: each delay is uniform between zero and a bound that grows.
 * Full jitter, because the usual reason to retry is one that thousands of clients share at the same
 * instant, and anything less random brings them back together.
 */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #factor: number;
  readonly #random: () => number;
  #attempts = 0;

  /** @throws RangeError when the bounds are not 0 < baseMs ≤ maxMs or the factor is below 1 */
  constructor(options: BackoffOptions) {
    const { baseMs, maxMs, factor = 2, random = Math.random } = options;
    if (!(baseMs > 0) || !(maxMs >= baseMs) || !(factor >= 1)) {
      throw new RangeError(
        `Back-off needs 0 < baseMs <= maxMs and factor >= 1, not ${baseMs}, ${maxMs}, ${factor}.`,
      );
    }
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#factor = factor;
    this.#random = random;
  }

  /** Delays handed out since the start or the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next delay in ms, in [0, bound). */
  nextDelayMs(): number {
    const boundMs = Math.min(this.#maxMs, this.#baseMs * this.#factor ** this.#attempts);
    this.#attempts += 1;
    return this.#random() * boundMs;
  }

  /** Starts over; call it once the thing retried works again. */
  reset(): void {
    this.#attempts = 0;
  }
}
