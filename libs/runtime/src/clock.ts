/** Where code reads the time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with a fraction; never goes backwards within a process. */
  now(): number;
}

/** Read once: it never changes, and reading it takes longer than the monotonic clock does. */
const originMs = performance.timeOrigin;

/**
 * The process's clock: the wall time at start plus monotonic time since, so that an adjustment of
 * the wall clock never makes an interval negative or a frame look late.
 */
export const systemClock: Clock = {
  now: () => originMs + performance.now(),
};

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs: number;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /**
   * Moves time forward.
   * @param milliseconds zero or more
   * @throws RangeError when negative: a clock never goes backwards
   */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) {
      throw new RangeError(`A clock cannot be moved by ${milliseconds} ms; give zero or more.`);
    }
    this.#nowMs += milliseconds;
  }
}
