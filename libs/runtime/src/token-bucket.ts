/**
 * A rate limit with a burst, for hot paths: two number fields, no allocation, no timer.
 * Credit is kept in thousandths of a token, so that whole milliseconds and rates add up without fractions.
 */
export class TokenBucket {
  readonly #creditPerMs: number;
  readonly #capacity: number;
  #credit: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param ratePerSecond tokens that come back each second
   * @param burst tokens a full bucket holds; it starts full
   * @throws RangeError when either is not a finite positive number
   */
  constructor(ratePerSecond: number, burst: number) {
    if (!(ratePerSecond > 0 && Number.isFinite(ratePerSecond)) || !(burst > 0 && Number.isFinite(burst))) {
      throw new RangeError(
        `A token bucket needs positive numbers, not rate ${ratePerSecond}, burst ${burst}.`,
      );
    }
    this.#creditPerMs = ratePerSecond;
    this.#capacity = burst * 1000;
    this.#credit = this.#capacity;
  }

  /**
   * Takes tokens if they are there; takes none otherwise.
   * @param count tokens wanted, zero or more
   * @param nowMs the current time in ms; a time before the last one counts as the last one
   * @returns whether the tokens were taken
   */
  take(count: number, nowMs: number): boolean {
    if (nowMs > this.#filledAtMs) {
      const credit = this.#credit + (nowMs - this.#filledAtMs) * this.#creditPerMs;
      this.#credit = credit > this.#capacity ? this.#capacity : credit;
      this.#filledAtMs = nowMs;
    }
    const cost = count * 1000;
    if (cost > this.#credit) return false;
    this.#credit -= cost;
    return true;
  }
}
