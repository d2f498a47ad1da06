import type { ClusterClock } from './clock.ts';

/** What was captured this much longer ago than is usual for its stream is not worth sending, ms. */
const STALE_MS = 600;
/** Everything stale for this long: then that is how this source is, and late voice beats none. */
const RESET_MS = 3_000;
/** How fast the best age is forgotten, as clocks drift: ms of age per ms of voice. */
const DRIFT = 0.0005;

/**
 * Knows frames that waited before they came here: a page that was frozen, or a machine that slept, finds the voice of
 * that time in its queues. Ages are compared with the best of the stream, for a source's clock may be off.
 */
export class CaptureAge {
  readonly #clock: ClusterClock;
  #bestMs = Number.POSITIVE_INFINITY;
  #staleSinceMs: number | undefined;

  constructor(clock: ClusterClock) {
    this.#clock = clock;
  }

  /** Takes a frame. @returns whether it waited for too long */
  isStale(capturedAtMs: number, durationMs: number): boolean {
    const nowMs = this.#clock.now();
    const ageMs = nowMs - capturedAtMs - durationMs;
    this.#bestMs = Math.min(ageMs, this.#bestMs + durationMs * DRIFT);
    if (ageMs - this.#bestMs <= STALE_MS) {
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
