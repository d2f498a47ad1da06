/** Everything stale for this long: then that is how this stream is, and late voice beats none. */
const RESET_MS = 3_000;
/** How fast the best age is forgotten, as clocks drift: ms of age per ms of voice. */
const DRIFT = 0.0005;

/**
 * Knows frames that waited for too long somewhere: a page that was frozen, a process that was stopped or a machine that
 * slept finds the voice of that time in its queues. Ages are compared with the best of the stream, for clocks may be off.
 */
export class CaptureAge {
  readonly #staleMs: number;
  #bestMs = Number.POSITIVE_INFINITY;
  #staleSinceMs: number | undefined;

  /** @param staleMs how much older than the best a frame may be */
  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /**
   * Takes a frame.
   * @param ageMs since its capture; its zero does not matter
   * @returns whether it waited for too long
   */
  isStale(ageMs: number, durationMs: number, nowMs: number): boolean {
    this.#bestMs = Math.min(ageMs, this.#bestMs + durationMs * DRIFT);
    if (ageMs - this.#bestMs <= this.#staleMs) {
      this.#staleSinceMs = undefined;
      return false;
    }
    this.#staleSinceMs ??= nowMs;
    if (nowMs - this.#staleSinceMs <= RESET_MS) return true;
    this.#staleSinceMs = undefined;
    this.#bestMs = ageMs;
    return false;
  }
}
