import { distance32 } from '@partyline/protocol';

/** Later than this above the least transit is too late. */
export const LATE_MS = 300;
/** The least transit is that of the last one to two of these: clocks drift by some ms a minute at most. */
const SPAN_MS = 30_000;
/** Lateness that stays the same, within so much, over two such steps is a longer way or a clock that stood still. */
const STEP_MS = 1_500;
const STEADY_MS = 20;
/** No way of voice is this long: where the clocks are known, this is a queue, however steady. */
const ABSURD_MS = 1_000;

/**
 * Least transit of one source lately. A transit is arrival minus departure by two clocks whose difference nobody
 * knows, so only its excess over the least one says how long a bundle waited on the way. All in µs modulo 2^32.
 */
export class LeastTransit {
  leastUs = 0;
  #known = false;
  #currentUs = 0;
  #previousUs = 0;
  #currentSinceMs = 0;
  #lateStepSinceMs = -1;
  #lateStepUs = 0;
  #lastLateStepUs: number | undefined;

  /**
   * Takes a bundle's transit and returns by how many ms it exceeds the least one.
   * @param trueMs the transit by one clock, where the difference of the clocks is known
   */
  observe(transitUs: number, nowMs: number, trueMs: number | undefined): number {
    if (!this.#known) {
      if (trueMs !== undefined && trueMs > ABSURD_MS) return trueMs;
      this.#restart(transitUs, nowMs);
      return 0;
    }
    const excessMs = distance32(this.leastUs, transitUs) / 1000;
    if (excessMs > LATE_MS) return this.#late(transitUs, nowMs, excessMs, trueMs);
    this.#lateStepSinceMs = -1;
    if (nowMs - this.#currentSinceMs >= SPAN_MS) {
      this.#previousUs = this.#currentUs;
      this.#currentUs = transitUs;
      this.#currentSinceMs = nowMs;
      this.leastUs = lesser(this.#previousUs, transitUs);
    } else if (distance32(this.#currentUs, transitUs) < 0) {
      this.#currentUs = transitUs;
      this.leastUs = lesser(this.#previousUs, transitUs);
    }
    return distance32(this.leastUs, transitUs) / 1000;
  }

  #restart(transitUs: number, nowMs: number): void {
    this.#known = true;
    this.leastUs = transitUs;
    this.#currentUs = transitUs;
    this.#previousUs = transitUs;
    this.#currentSinceMs = nowMs;
    this.#lateStepSinceMs = -1;
  }

  /** A backlog becomes less late from bundle to bundle, and is not believed; what stays late alike is. */
  #late(transitUs: number, nowMs: number, excessMs: number, trueMs: number | undefined): number {
    if (this.#lateStepSinceMs < 0) {
      this.#lateStepSinceMs = nowMs;
      this.#lateStepUs = transitUs;
      this.#lastLateStepUs = undefined;
    }
    this.#lateStepUs = lesser(this.#lateStepUs, transitUs);
    if (nowMs - this.#lateStepSinceMs < STEP_MS) return excessMs;
    const last = this.#lastLateStepUs;
    const steady = last !== undefined && Math.abs(distance32(last, this.#lateStepUs)) < STEADY_MS * 1000;
    if (steady && !(trueMs !== undefined && trueMs > ABSURD_MS)) {
      this.#restart(this.#lateStepUs, nowMs);
      return distance32(this.leastUs, transitUs) / 1000;
    }
    this.#lastLateStepUs = this.#lateStepUs;
    this.#lateStepSinceMs = nowMs;
    this.#lateStepUs = transitUs;
    return excessMs;
  }
}

const lesser = (a: number, b: number): number => (distance32(a, b) < 0 ? b : a);
