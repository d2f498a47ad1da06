import {
  distance16,
  FLAG_PRE_ROLL,
  FLAG_SELECTION_END,
  FLAG_SELECTION_START,
  type Frame,
  SequenceExtender,
} from '@partyline/protocol';
import { CaptureAge } from './capture-age.ts';
import { HopDelays } from './hop-delays.ts';

/** Duplicates are known as such within this many frames; older ones count as late. */
const WINDOW_FRAMES = 64;
/** A gap longer than this is no loss that anybody could conceal, but a stream that starts anew. */
const LONGEST_GAP_FRAMES = 500;

/**
 * Nobody wants to hear what is this much older than usual, ms: what waited in the socket of a process that stood still.
 * Edges drop it at the same age.
 */
const STALE_MS = 1_000;

/** What became of a frame: to be played, or why not. */
export type Accepted =
  | { kind: 'next'; sequence: number; lostBefore: number; restart: boolean }
  | { kind: 'duplicate' }
  | { kind: 'late' };

/**
 * Order, duplicates and gaps of one speaker. Frames are given on in order only, so that a decoder can follow;
 * what comes after its successor is late (protocol rules 7 and 13).
 */
export class IncomingStream {
  receivedFrames = 0;
  lostFrames = 0;
  lateFrames = 0;
  /** Voice of the frames that were given on. */
  heardMs = 0;
  /** RFC 3550, 6.4.1, of frames that are not pre-roll. */
  jitterMs = 0;
  lastHeardMs = 0;
  /** Of frames that are not pre-roll. */
  readonly hops = new HopDelays();
  /** Cleared by whoever knows that the next gap is on purpose: skipped, resubscribed. */
  continuous = false;
  /** Until then a frame that is missing is not waited for: see `Reordering`. */
  resignedUntilMs = 0;
  #extender = new SequenceExtender();
  /** Added to every sequence, so that a stream that begins anew still counts upwards. */
  #base = 0;
  #highest = -1;
  /** Ring of what was seen: at `sequence % 64` the newest sequence with that remainder. */
  readonly #seen = new Float64Array(WINDOW_FRAMES).fill(-1);
  #selectionEnded = false;
  #preRoll = false;
  readonly #age = new CaptureAge(STALE_MS);
  /** Frames right before were left out as stale. */
  #staleBefore = false;
  #transitMs: number | undefined;
  #strayNext = -1;

  /** Frames missing right before this one; 0 when it is its turn, or nothing is known, negative when it comes late. */
  missingBefore(sequence: number): number {
    return this.#highest < 0 ? 0 : distance16(this.#highest & 0xffff, sequence) - 1;
  }

  /** Whether a gap before this frame is on purpose, or too long for anybody to conceal. */
  expectsGap(frame: Frame, gap: number): boolean {
    const preRoll = (frame.flags & FLAG_PRE_ROLL) !== 0;
    const selected = (frame.flags & FLAG_SELECTION_START) !== 0 || (preRoll && !this.#preRoll);
    return selected || this.#selectionEnded || !this.continuous || gap > LONGEST_GAP_FRAMES;
  }

  /**
   * @param transitMs arrival minus capture on the cluster clock; only its changes matter
   * @param mayBeginAnew false while an old path may still bring what the new one brought long ago
   */
  accept(frame: Frame, transitMs: number, nowMs: number, mayBeginAnew = true): Accepted {
    const behind = this.#highest < 0 ? 0 : -distance16(this.#highest & 0xffff, frame.sequence);
    if (behind >= WINDOW_FRAMES) return this.#farBehind(frame, transitMs, nowMs, mayBeginAnew);
    const sequence = this.#base + this.#extender.extend(frame.sequence);
    const slot = sequence % WINDOW_FRAMES;
    if (this.#seen[slot] === sequence) return { kind: 'duplicate' };
    this.#seen[slot] = sequence;
    this.lastHeardMs = nowMs;
    this.receivedFrames += 1;
    if (sequence < this.#highest) {
      // It was counted as lost when its successor came.
      if (this.lostFrames > 0) this.lostFrames -= 1;
      this.lateFrames += 1;
      return { kind: 'late' };
    }
    return this.#next(frame, sequence, transitMs, nowMs);
  }

  #next(frame: Frame, sequence: number, transitMs: number, nowMs: number): Accepted {
    const gap = this.#highest < 0 ? 0 : sequence - this.#highest - 1;
    const preRoll = (frame.flags & FLAG_PRE_ROLL) !== 0;
    const restart = this.#highest < 0 || (gap > 0 && this.expectsGap(frame, gap));
    const lostBefore = restart ? 0 : gap;
    this.lostFrames += lostBefore;
    this.#highest = sequence;
    this.continuous = true;
    this.#selectionEnded = (frame.flags & FLAG_SELECTION_END) !== 0;
    this.#preRoll = preRoll;
    if (preRoll) this.#transitMs = undefined;
    else {
      if (this.#transitMs !== undefined && !restart) {
        this.jitterMs += (Math.abs(transitMs - this.#transitMs) - this.jitterMs) / 16;
      }
      this.#transitMs = transitMs;
    }
    if (this.#age.isStale(transitMs, frame.durationMs, nowMs)) {
      this.lateFrames += 1;
      this.#staleBefore = true;
      return { kind: 'late' };
    }
    this.heardMs += frame.durationMs;
    const anew = restart || this.#staleBefore;
    this.#staleBefore = false;
    return { kind: 'next', sequence, lostBefore: anew ? 0 : lostBefore, restart: anew };
  }

  /**
   * A frame far behind is a straggler, or the speaker began anew (its program restarted with the same stream
   * id). Two that follow each other are the latter.
   */
  #farBehind(frame: Frame, transitMs: number, nowMs: number, mayBeginAnew: boolean): Accepted {
    if (!mayBeginAnew || frame.sequence !== this.#strayNext) {
      this.#strayNext = mayBeginAnew ? (frame.sequence + 1) & 0xffff : -1;
      this.receivedFrames += 1;
      this.lateFrames += 1;
      return { kind: 'late' };
    }
    this.#strayNext = -1;
    this.#extender = new SequenceExtender();
    this.#seen.fill(-1);
    this.#base = Math.ceil((this.#highest + 1) / 0x1_0000) * 0x1_0000;
    this.#highest = -1;
    return this.accept(frame, transitMs, nowMs);
  }
}
