import type { Clock } from './clock.ts';

/**
 * What the uplink has room for. Whoever encodes keeps to it; `VoicePublisher` does by itself. Frames that do not are
 * dropped by age.
 */
export interface Pace {
  /** Bit/s of the codec at most; undefined: as the encoder was set up. */
  maxBitrateBps: number | undefined;
  /** Frames should last this long at least, ms: each has some 40 bytes of headers, whatever it holds. */
  minFrameMs: number;
  /** Send nothing in silence. */
  dtx: boolean;
}

/**
 * From full to least. A frame costs 38 bytes beside its payload (message and frame header, WebSocket's), so these take
 * 35, 24, 17 and 11 kbit/s of a connection while somebody speaks, after 55 of the usual 40 kbit/s and 20 ms.
 */
const STEPS: readonly Pace[] = [
  { maxBitrateBps: undefined, minFrameMs: 0, dtx: false },
  { maxBitrateBps: 20_000, minFrameMs: 20, dtx: false },
  { maxBitrateBps: 16_000, minFrameMs: 40, dtx: false },
  { maxBitrateBps: 12_000, minFrameMs: 60, dtx: true },
  { maxBitrateBps: 6_000, minFrameMs: 60, dtx: true },
];
const OVERHEAD_BYTES = 38;
const THIN_STEP = 3;

/** Something is wrong once voice has taken this much longer than at best for so long: a queue, and not jitter … */
const CONGESTED_MS = 100;
const CONGESTED_FOR_MS = 150;
/** … and nothing is as long as some of it takes no more than this. */
const CLEAR_MS = 40;
const CLEAR_WITHIN_MS = 500;
/** A step down has to show its effect before the next one. */
const DOWN_EVERY_MS = 300;
/** Share of what the link was seen to carry that is used. */
const USED_SHARE = 0.85;
/** Clear for this long: one step up, to see. A step that proves too much doubles the time until the next. */
const UP_AFTER_MS = 2_000;
const LONGEST_UP_AFTER_MS = 16_000;
/** A step up that went well for this long was right. */
const PROVED_MS = 5_000;

/** Chooses how much voice to send: quickly down when the uplink is too thin, slowly and on trial up again. */
export class PaceControl {
  readonly #clock: Clock;
  readonly #changed: (pace: Pace) => void;
  #step = 0;
  #steppedAtMs = Number.NEGATIVE_INFINITY;
  #steppedUp = false;
  /** When voice last took as long as it may, and when no longer than at best. */
  #wellAtMs: number;
  #clearAtMs: number;
  /** Since when nothing was wrong. */
  #clearSinceMs: number;
  #upAfterMs = UP_AFTER_MS;

  constructor(clock: Clock, changed: (pace: Pace) => void) {
    this.#clock = clock;
    this.#changed = changed;
    this.#clearSinceMs = clock.now();
    this.#wellAtMs = this.#clearSinceMs;
    this.#clearAtMs = this.#clearSinceMs;
  }

  get pace(): Pace {
    return STEPS[this.#step]!;
  }

  /** Whether less than usual is sent. */
  get reduced(): boolean {
    return this.#step > 0;
  }

  /** Whether this is a link too thin for voice as it is usually sent, and not one that stood still for a moment. */
  get thin(): boolean {
    return this.#step >= THIN_STEP;
  }

  /**
   * Looks at the uplink; call it with every frame and every word of the edge.
   * @param queueMs how much longer voice takes than at best
   * @param bytesPerMs what the link was seen to carry, if that is known
   */
  look(queueMs: number, bytesPerMs: number | undefined): void {
    const nowMs = this.#clock.now();
    if (queueMs <= CONGESTED_MS) this.#wellAtMs = nowMs;
    if (queueMs <= CLEAR_MS) this.#clearAtMs = nowMs;
    if (nowMs - this.#wellAtMs > CONGESTED_FOR_MS) this.#down(nowMs, bytesPerMs);
    else if (nowMs - this.#clearAtMs > CLEAR_WITHIN_MS) this.#clearSinceMs = nowMs;
    else this.#up(nowMs);
  }

  /** A frame grew too old and was dropped. */
  dropped(bytesPerMs: number | undefined): void {
    this.#down(this.#clock.now(), bytesPerMs);
  }

  #down(nowMs: number, bytesPerMs: number | undefined): void {
    this.#clearSinceMs = nowMs;
    if (nowMs - this.#steppedAtMs < DOWN_EVERY_MS || this.#step === STEPS.length - 1) return;
    if (this.#steppedUp && nowMs - this.#steppedAtMs < PROVED_MS) {
      this.#upAfterMs = Math.min(LONGEST_UP_AFTER_MS, 2 * this.#upAfterMs);
    }
    let step = this.#step + 1;
    while (
      bytesPerMs !== undefined &&
      step < STEPS.length - 1 &&
      needed(STEPS[step]!) > bytesPerMs * USED_SHARE
    ) {
      step += 1;
    }
    this.#go(step, nowMs);
  }

  #up(nowMs: number): void {
    if (this.#step === 0) return;
    if (this.#steppedUp && nowMs - this.#steppedAtMs > PROVED_MS) this.#upAfterMs = UP_AFTER_MS;
    if (nowMs - this.#clearSinceMs < this.#upAfterMs) return;
    this.#clearSinceMs = nowMs;
    this.#go(this.#step - 1, nowMs);
  }

  #go(step: number, nowMs: number): void {
    this.#steppedUp = step < this.#step;
    this.#step = step;
    this.#steppedAtMs = nowMs;
    this.#changed(this.pace);
  }
}

/** Bytes of a connection a ms while somebody speaks. */
const needed = ({ maxBitrateBps = 0, minFrameMs }: Pace): number =>
  maxBitrateBps / 8_000 + OVERHEAD_BYTES / minFrameMs;
