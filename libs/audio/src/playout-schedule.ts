import { ArrivalJitter } from './arrival-jitter.ts';

/** How many frames' delays are looked back on; the least of them is what the buffer really holds in reserve. */
const REMEMBERED = 25;
/** Fewer than these say too little about the reserve. */
const ENOUGH = 5;
/** The slowest of this many last frames is still needed: sound is not shortened below what it takes. */
const RECENT = 10;
/** After this time of nothing but late frames the path itself has become slower, and is measured anew. */
const GIVE_UP_LATE_MS = 500;

/** Decides how long a speaker's frames wait before they are played. Times in ms. */
export class PlayoutSchedule {
  readonly jitter = new ArrivalJitter();
  readonly #minTargetMs: number;
  readonly #maxTargetMs: number;
  readonly #delaysMs = new Float64Array(REMEMBERED);
  readonly #recentTransitsMs = new Float64Array(RECENT).fill(Number.NEGATIVE_INFINITY);
  #recentAt = 0;
  #delayCount = 0;
  #delayAt = 0;
  #savedMs = 0;
  #frameMs = 20;
  #pullMs = 0;
  #lateSinceMs: number | undefined;

  constructor(minTargetMs: number, maxTargetMs: number) {
    this.#minTargetMs = minTargetMs;
    this.#maxTargetMs = maxTargetMs;
  }

  /** Sound that should be held right after a frame came in on time. */
  get targetMs(): number {
    const wantedMs = this.#frameMs + this.jitter.spreadMs + this.#pullMs;
    return Math.min(this.#maxTargetMs, Math.max(this.#minTargetMs, wantedMs));
  }

  /** How long the fastest frame should wait before it plays. */
  get wantedDelayMs(): number {
    return Math.max(0, this.targetMs - this.#frameMs);
  }

  /** How long the fastest of the recent frames would have waited; undefined until enough have come. */
  get delayMs(): number | undefined {
    if (this.#delayCount < ENOUGH) return undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#delayCount; i += 1) least = Math.min(least, this.#delaysMs[i]!);
    return least - this.jitter.baseMs - this.#savedMs;
  }

  /** By how much the delay is above the wanted one; 0 until that is known. */
  get excessMs(): number {
    const delayMs = this.delayMs;
    if (delayMs === undefined) return 0;
    const excessMs = delayMs - this.wantedDelayMs;
    if (excessMs <= 0) return excessMs;
    // Just after the path became slower the target has not caught up yet; shortening would run dry again.
    let slowestMs = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < RECENT; i += 1) slowestMs = Math.max(slowestMs, this.#recentTransitsMs[i]!);
    const neededMs = slowestMs - this.jitter.baseMs + this.#pullMs;
    return Math.max(0, Math.min(excessMs, delayMs - neededMs));
  }

  /** Takes note of how much is played at a time: that much has to be there at once. */
  pulled(durationMs: number): void {
    this.#pullMs = durationMs;
  }

  /**
   * Takes one arrival.
   * @returns how much slower than the fastest it was, or undefined if it is too late to be worth playing
   */
  arrived(arrivalMs: number, captureTimeMs: number, frameMs: number): number | undefined {
    this.#frameMs = frameMs;
    this.#recentTransitsMs[this.#recentAt] = arrivalMs - captureTimeMs;
    this.#recentAt = (this.#recentAt + 1) % RECENT;
    const slowerMs = this.jitter.update(arrivalMs, captureTimeMs);
    if (slowerMs <= this.#maxTargetMs) {
      this.#lateSinceMs = undefined;
      return slowerMs;
    }
    this.#lateSinceMs ??= arrivalMs;
    if (arrivalMs - this.#lateSinceMs <= GIVE_UP_LATE_MS) return undefined;
    this.#lateSinceMs = undefined;
    this.restart();
    return this.jitter.update(arrivalMs, captureTimeMs);
  }

  /** Takes note that a frame will wait `waitMs`. Kept free of the base, which may change while it is kept. */
  scheduled(waitMs: number, slowerMs: number): void {
    this.#delaysMs[this.#delayAt] = waitMs + slowerMs + this.jitter.baseMs + this.#savedMs;
    this.#delayAt = (this.#delayAt + 1) % REMEMBERED;
    this.#delayCount = Math.min(REMEMBERED, this.#delayCount + 1);
  }

  /** Takes note that play-out moved on by `savedMs` more than it played. */
  saved(savedMs: number): void {
    this.#savedMs += savedMs;
  }

  /** Forgets all arrivals, as after a clock was set. */
  restart(): void {
    this.jitter.reset();
    this.#recentTransitsMs.fill(Number.NEGATIVE_INFINITY);
    this.forgetDelays();
  }

  /** Forgets delays from before play-out was moved. */
  forgetDelays(): void {
    this.#delayCount = 0;
    this.#delayAt = 0;
  }

  /**
   * How long a frame should wait that does not simply follow the one before: because there was a pause, or
   * because the buffer ran dry.
   */
  waitMs(afterPause: boolean, slowerMs: number): number {
    const waitMs = this.wantedDelayMs - slowerMs;
    if (afterPause) return Math.max(0, waitMs);
    // It came too late for the delay there was, and the next one may be slower still by the usual jitter.
    return Math.max(waitMs, Math.min(this.wantedDelayMs, this.#frameMs));
  }
}
