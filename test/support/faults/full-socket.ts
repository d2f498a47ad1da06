/**
 * Makes a client's socket look full for so long that one frame in so many waits past the uplink's deadline, and no
 * other does. It counts on both sides of the client's queue: what was offered to it, and what came out.
 */
export class FullSocket {
  offeredFrames = 0;
  sentFrames = 0;
  #every = 0;
  #since = 0;
  #fromMs = Number.POSITIVE_INFINITY;
  readonly #deadlineMs: number;

  /** @param deadlineMs the client's `uplinkDeadlineMs` */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  set dropEvery(frames: number) {
    this.#every = frames;
    this.#since = 0;
  }

  /** What the client dropped, once nothing waits. */
  get droppedFrames(): number {
    return this.offeredFrames - this.sentFrames;
  }

  /** Call it right before a frame is published. */
  offered(): void {
    this.offeredFrames += 1;
    this.#since += 1;
    if (this.#every === 0 || this.#since < this.#every) return;
    this.#since = 0;
    this.#fromMs = performance.now();
  }

  /** Whether the socket says that it is full: until just after the deadline of the frame that it is full for. */
  readonly isFull = (): boolean => {
    const sinceMs = performance.now() - this.#fromMs;
    if (sinceMs < 0 || Number.isNaN(sinceMs)) return false;
    if (sinceMs <= this.#deadlineMs + 1) return true;
    this.#fromMs = Number.POSITIVE_INFINITY;
    return false;
  };
}
