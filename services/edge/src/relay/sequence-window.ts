import { distance16 } from '@partyline/protocol';
import { SEQUENCE_JUMP, SEQUENCE_PAUSE_MS, SEQUENCE_WINDOW } from '../limits.ts';

/**
 * Which of the last 64 sequence numbers of a stream were seen, so that a frame that came by two ways counts once.
 * What is older than that is taken for a second copy, too, for no bundle that old is let in; a leap or a long
 * pause is taken for a sender that numbers anew.
 */
export class SequenceWindow {
  /** −1 before the first. */
  #newest = -1;
  /** Bit i: the number i below the newest was seen … */
  #low = 0;
  /** … or the number 32 + i below it. */
  #high = 0;
  #seenAtMs = 0;

  /** True the first time that a number comes. */
  take(sequence: number, nowMs: number): boolean {
    const step = distance16(this.#newest, sequence);
    const paused = nowMs - this.#seenAtMs > SEQUENCE_PAUSE_MS;
    this.#seenAtMs = nowMs;
    if (this.#newest < 0 || paused || step > SEQUENCE_JUMP || step < -SEQUENCE_JUMP) {
      this.#newest = sequence;
      this.#low = 1;
      this.#high = 0;
      return true;
    }
    if (step > 0) {
      this.#advance(step);
      this.#newest = sequence;
      return true;
    }
    return this.#mark(-step);
  }

  #advance(step: number): void {
    if (step >= SEQUENCE_WINDOW) {
      this.#low = 0;
      this.#high = 0;
    } else if (step >= 32) {
      this.#high = this.#low << (step - 32);
      this.#low = 0;
    } else {
      this.#high = (this.#high << step) | (this.#low >>> (32 - step));
      this.#low <<= step;
    }
    this.#low |= 1;
  }

  #mark(back: number): boolean {
    if (back >= SEQUENCE_WINDOW) return false;
    const bit = 1 << (back & 31);
    if (back < 32) {
      if ((this.#low & bit) !== 0) return false;
      this.#low |= bit;
    } else {
      if ((this.#high & bit) !== 0) return false;
      this.#high |= bit;
    }
    return true;
  }
}
