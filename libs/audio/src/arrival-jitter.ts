/** Arrivals are summed up window by window; a window is closed after this time. */
const WINDOW_MS = 1000;
/** How many windows are remembered. */
const WINDOWS = 10;
/** Frames that arrive closer together than this are one burst and belong into one window. */
const BURST_GAP_MS = 4;
/** After this time without a frame the clocks may have drifted apart, so the base delay is measured anew. */
const STALE_MS = WINDOW_MS * WINDOWS;
/** A frame faster than all others by this much means that a clock was set. */
const CLOCK_STEP_MS = 200;
/** What a stream's frames are taken to differ by before anything was seen: the scheduling noise of two ends. */
const FIRST_SPREAD_MS = 10;

/**
 * Watches how much later than the fastest ones frames arrive. Only differences of arrival and capture time are
 * used, so the two clocks need not agree.
 *
 * The needed delay is the second highest of the windows' worst frames. One bad moment is an accident, which
 * costs one gap; two within ten seconds are a pattern, which is worth waiting for.
 */
export class ArrivalJitter {
  readonly #fastestMs = new Float64Array(WINDOWS);
  readonly #slowestMs = new Float64Array(WINDOWS);
  #count = 0;
  #current = 0;
  #windowStartMs = 0;
  #lastArrivalMs = 0;
  #lastTransitMs = 0;
  #baseMs = 0;
  #spreadMs = 0;
  #jitterMs = 0;

  /** Transit time of the fastest recent frame, on whatever clocks the two times are. */
  get baseMs(): number {
    return this.#baseMs;
  }

  /** How long to wait, beyond the fastest frame, to have nearly every frame in time. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /** Smoothed jitter as RFC 3550, section 6.4.1 has it, in ms. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /**
   * Takes one arrival.
   * @returns by how many ms this frame was slower than the fastest recent one
   */
  update(arrivalMs: number, captureTimeMs: number): number {
    const transitMs = arrivalMs - captureTimeMs;
    if (this.#count === 0) this.#begin(transitMs, arrivalMs, FIRST_SPREAD_MS);
    else if (arrivalMs - this.#lastArrivalMs > STALE_MS) this.#begin(transitMs, arrivalMs, this.#spreadMs);
    else if (transitMs < this.#baseMs - CLOCK_STEP_MS) this.#begin(transitMs, arrivalMs, FIRST_SPREAD_MS);
    else {
      this.#jitterMs += (Math.abs(transitMs - this.#lastTransitMs) - this.#jitterMs) / 16;
      const windowOver = arrivalMs - this.#windowStartMs >= WINDOW_MS;
      if (windowOver && arrivalMs - this.#lastArrivalMs > BURST_GAP_MS)
        this.#nextWindow(transitMs, arrivalMs);
      this.#fastestMs[this.#current] = Math.min(this.#fastestMs[this.#current]!, transitMs);
      this.#slowestMs[this.#current] = Math.max(this.#slowestMs[this.#current]!, transitMs);
    }
    this.#lastArrivalMs = arrivalMs;
    this.#lastTransitMs = transitMs;
    this.#summarise();
    return transitMs - this.#baseMs;
  }

  /** Forgets everything, as after a clock was set. */
  reset(): void {
    this.#count = 0;
    this.#jitterMs = 0;
  }

  #begin(transitMs: number, arrivalMs: number, knownSpreadMs: number): void {
    this.#count = 2;
    this.#current = 1;
    this.#windowStartMs = arrivalMs;
    this.#fastestMs.fill(transitMs, 0, 2);
    this.#slowestMs.fill(transitMs + knownSpreadMs, 0, 2);
  }

  #nextWindow(transitMs: number, arrivalMs: number): void {
    this.#current = (this.#current + 1) % WINDOWS;
    this.#count = Math.min(WINDOWS, this.#count + 1);
    this.#windowStartMs = arrivalMs;
    this.#fastestMs[this.#current] = transitMs;
    this.#slowestMs[this.#current] = transitMs;
  }

  #summarise(): void {
    let base = Number.POSITIVE_INFINITY;
    let worst = Number.NEGATIVE_INFINITY;
    let secondWorst = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#count; i += 1) {
      base = Math.min(base, this.#fastestMs[i]!);
      const slowest = this.#slowestMs[i]!;
      if (slowest > worst) {
        secondWorst = worst;
        worst = slowest;
      } else if (slowest > secondWorst) secondWorst = slowest;
    }
    this.#baseMs = base;
    this.#spreadMs = Math.max(0, secondWorst - base);
  }
}
