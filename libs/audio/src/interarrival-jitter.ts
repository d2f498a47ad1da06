/** Smoothed jitter as RFC 3550, section 6.4.1 has it. */
export class InterarrivalJitter {
  #lastTransitMs: number | undefined;
  #jitterMs = 0;

  /** In ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Takes one arrival; both times in ms, each on any clock. */
  update(arrivalMs: number, captureTimeMs: number): void {
    const transitMs = arrivalMs - captureTimeMs;
    if (this.#lastTransitMs !== undefined) {
      this.#jitterMs += (Math.abs(transitMs - this.#lastTransitMs) - this.#jitterMs) / 16;
    }
    this.#lastTransitMs = transitMs;
  }

  /** Begins anew, as after a clock was set. */
  reset(): void {
    this.#lastTransitMs = undefined;
    this.#jitterMs = 0;
  }
}
