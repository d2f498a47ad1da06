/** Serial-number arithmetic (RFC 1982) for the wire's wrapping counters. */

/** Distance from `from` to `to` on a u16 circle: −32768 … 32767, positive when `to` is newer. */
export const distance16 = (from: number, to: number): number => ((to - from) << 16) >> 16;

/** Distance from `from` to `to` on a u32 circle: −2^31 … 2^31 − 1, positive when `to` is newer. */
export const distance32 = (from: number, to: number): number => (to - from) | 0;

/** Milliseconds since the epoch (float) to the wire's u32 of milliseconds, modulo 2^32. */
export const wireMs = (epochMs: number): number => Math.floor(epochMs) % 0x1_0000_0000;

/** Milliseconds since the epoch (float) to the wire's u32 of microseconds, modulo 2^32 (71 minutes). */
export const wireUs = (epochMs: number): number => Math.floor(epochMs * 1000) % 0x1_0000_0000;

/** Age in milliseconds of a u32 microsecond stamp, seen at `nowMs` (epoch); negative if it lies ahead. */
export const ageOfUs = (stampUs: number, nowMs: number): number => distance32(stampUs, wireUs(nowMs)) / 1000;

/** Age in milliseconds of a u32 millisecond stamp, seen at `nowMs` (epoch); negative if it lies ahead. */
export const ageOfMs = (stampMs: number, nowMs: number): number =>
  distance32(stampMs, wireMs(nowMs)) + (nowMs - Math.floor(nowMs));

/** Extends wrapping u16 sequences to a number that goes on counting. */
export class SequenceExtender {
  #last = -1;

  /** The extended value nearest to what came before; the first call fixes the starting point. */
  extend(sequence: number): number {
    if (this.#last < 0) {
      // A whole turn of head room keeps frames that precede the first one seen positive.
      this.#last = 0x1_0000 + sequence;
      return this.#last;
    }
    const extended = this.#last + distance16(this.#last & 0xffff, sequence);
    if (extended > this.#last) this.#last = extended;
    return extended;
  }
}
