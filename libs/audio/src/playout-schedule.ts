import { TransitHistory } from './transit-history.ts';

/** Waited for on top: the clocks drift, and the next frame may be a little slower than the slowest. */
const SPARE_MS = 2;
/** The slowest of this many last frames is still needed: sound is not shortened below what it takes. */
const RECENT = 10;
/** After this time of nothing but late frames the path itself has become slower, and is measured anew. */
const GIVE_UP_LATE_MS = 500;
/** Frames of one moment that are faster than all before by more than this: play-out stands still, not they hurry. */
const STANDSTILL_MS = 60;
/** A frame faster than all others by this much means that a clock was set, or that play-out stood still. */
const CLOCK_STEP_MS = 200;
/** What is too much after a stream's very beginning goes at once if it is more than this. */
const SETTLED_EXCESS_MS = 15;
/** Most that sound made up in place of a lost frame says about the wait: for longer losses nothing is rebuilt. */
const LONGEST_REBUILT_MS = 60;

/**
 * Decides how long a speaker's frames wait before they are played. Times in ms. Frames come at moments of play-out
 * itself: what it has given out when a frame is handed over. Whatever holds a frame up, the network, a busy
 * thread, or a device that takes much at a time, shows in that and is waited for alike.
 */
export class PlayoutSchedule {
  readonly #history = new TransitHistory();
  readonly #minTargetMs: number;
  readonly #maxTargetMs: number;
  readonly #recentTransitsMs = new Float64Array(RECENT).fill(Number.NEGATIVE_INFINITY);
  #recentAt = 0;
  #frameMs = 20;
  /** From capture to play-out, of the newest frame; undefined before the first. */
  #placedMs: number | undefined;
  #lateSinceMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #stepped = false;

  constructor(minTargetMs: number, maxTargetMs: number) {
    this.#minTargetMs = minTargetMs;
    this.#maxTargetMs = maxTargetMs;
  }

  /** Sound that should be held right after a frame came in on time. */
  get targetMs(): number {
    const wantedMs = this.#frameMs + this.#history.spreadMs + SPARE_MS;
    return Math.min(this.#maxTargetMs, Math.max(this.#minTargetMs, wantedMs));
  }

  /** How long the fastest frame should wait before it plays. */
  get wantedDelayMs(): number {
    return Math.max(0, this.targetMs - this.#frameMs);
  }

  /** How long the fastest of the recent frames would have waited; undefined until that is known. */
  get delayMs(): number | undefined {
    if (this.#placedMs === undefined || !this.#history.known) return undefined;
    return this.#placedMs - this.#history.baseMs;
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
    return Math.max(0, Math.min(excessMs, delayMs - (slowestMs - this.#history.baseMs)));
  }

  /**
   * Takes one arrival.
   * @param nowMs how much play-out has given out
   * @returns how much slower than the fastest it was, or undefined if it is too late to be worth playing
   */
  arrived(nowMs: number, captureTimeMs: number, frameMs: number): number | undefined {
    this.#frameMs = frameMs;
    const transitMs = nowMs - captureTimeMs;
    const aheadMs = this.#history.known ? this.#history.baseMs - transitMs : 0;
    // What play-out will have missed when it goes on is not known yet.
    if (aheadMs > STANDSTILL_MS && nowMs === this.#lastMs) return 0;
    this.#lastMs = nowMs;
    if (aheadMs > CLOCK_STEP_MS) {
      this.#history.shift(-aheadMs);
      this.#recentTransitsMs.fill(Number.NEGATIVE_INFINITY);
      this.#stepped = true;
    }
    this.#recentTransitsMs[this.#recentAt] = transitMs;
    this.#recentAt = (this.#recentAt + 1) % RECENT;
    const { settling } = this.#history;
    const slowerMs = this.#history.update(transitMs, nowMs);
    if (settling && !this.#history.settling && this.excessMs > SETTLED_EXCESS_MS) this.#stepped = true;
    if (slowerMs <= this.#maxTargetMs) {
      this.#lateSinceMs = undefined;
      return slowerMs;
    }
    this.#lateSinceMs ??= nowMs;
    if (nowMs - this.#lateSinceMs <= GIVE_UP_LATE_MS) return undefined;
    this.#lateSinceMs = undefined;
    this.restart();
    return this.#history.update(transitMs, nowMs);
  }

  /** Takes one frame that was rebuilt from what came after it: it is worth a wait like any other that comes late. */
  rebuilt(nowMs: number, captureTimeMs: number): void {
    const transitMs = nowMs - captureTimeMs;
    if (!this.#history.known || transitMs - this.#history.baseMs > LONGEST_REBUILT_MS) return;
    this.#history.update(transitMs, nowMs);
  }

  /** Takes note when the newest frame will be played: so long after its capture. */
  placed(sinceCaptureMs: number): void {
    this.#placedMs = sinceCaptureMs;
  }

  /** Takes note that play-out moved on by `savedMs` more than it played. */
  saved(savedMs: number): void {
    if (this.#placedMs !== undefined) this.#placedMs -= savedMs;
  }

  /** Whether play-out stood still, or a clock was set, since the last call: all that is too much goes at once. */
  takeStep(): boolean {
    const stepped = this.#stepped;
    this.#stepped = false;
    return stepped;
  }

  /** Forgets all arrivals, as after a clock was set. */
  restart(): void {
    this.#history.reset();
    this.#recentTransitsMs.fill(Number.NEGATIVE_INFINITY);
    this.#placedMs = undefined;
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
