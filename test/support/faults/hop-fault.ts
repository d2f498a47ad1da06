/** What is to happen to the frames of one hop from now on; what is not named stays as it is. */
export interface HopWish {
  /** Each is handed on this much later, ms, in order. */
  delayMs?: number;
  /** One frame in so many is lost; 0 for none. */
  dropEvery?: number;
}

/** What an injector did, in its own count. */
export interface HopInjected {
  /** Frames that came by, the lost ones included. */
  frames: number;
  droppedFrames: number;
  delayedFrames: number;
  /** What they were held in all, ms: timers are late, never early. */
  heldMs: number;
}

interface Held {
  frames: number;
  cameAtMs: number;
  dueAtMs: number;
  handOn: () => void;
}

/** Timers count whole ms: what is due within less than this is handed on. */
const SOON_MS = 0.25;

/**
 * Delays the frames of one hop by the same time each, or loses one in so many. Nothing is left to chance, and
 * nothing overtakes: what comes after the delay was taken back waits for what is still held.
 */
export class HopFault {
  readonly injected: HopInjected = { frames: 0, droppedFrames: 0, delayedFrames: 0, heldMs: 0 };
  #delayMs = 0;
  #dropEvery = 0;
  /** Frames since the last one that was lost. */
  #sinceDrop = 0;
  #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  wish({ delayMs, dropEvery }: HopWish): void {
    this.#delayMs = delayMs ?? this.#delayMs;
    if (dropEvery === undefined) return;
    this.#dropEvery = dropEvery;
    this.#sinceDrop = 0;
  }

  /** Whether whatever is passed to `hold` now has to wait, and so has to be a copy. */
  get holds(): boolean {
    return this.#delayMs > 0 || this.#held.length > 0;
  }

  /** Whether what comes by now, which holds so many frames, is lost; if so it is counted. */
  loses(frames: number): boolean {
    this.injected.frames += frames;
    this.#sinceDrop += frames;
    if (this.#dropEvery === 0 || this.#sinceDrop < this.#dropEvery) return false;
    this.#sinceDrop -= this.#dropEvery;
    this.injected.droppedFrames += frames;
    return true;
  }

  /** Hands on when its time has come: within this call while there is no delay. */
  hold(frames: number, handOn: () => void): void {
    if (!this.holds) {
      handOn();
      return;
    }
    const cameAtMs = performance.now();
    const last = this.#held.at(-1)?.dueAtMs ?? 0;
    this.#held.push({ frames, cameAtMs, dueAtMs: Math.max(last, cameAtMs + this.#delayMs), handOn });
    if (this.#timer === undefined) this.#arm();
  }

  #arm(): void {
    const first = this.#held[0];
    this.#timer = first && setTimeout(() => this.#due(), Math.max(0, first.dueAtMs - performance.now()));
  }

  #due(): void {
    const nowMs = performance.now();
    while (this.#held.length > 0 && this.#held[0]!.dueAtMs - nowMs < SOON_MS) {
      const { frames, cameAtMs, handOn } = this.#held.shift()!;
      this.injected.delayedFrames += frames;
      this.injected.heldMs += frames * (nowMs - cameAtMs);
      handOn();
    }
    this.#arm();
  }
}
