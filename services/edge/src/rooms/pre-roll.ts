/** Frames kept of a stream that is not forwarded: 60 ms of the usual 20 ms frames, a first syllable. */
export const PRE_ROLL_FRAMES = 3;
/** Older frames do not belong to the syllable that is just beginning, in ms. */
const FRESH_MS = 200;

/** The last frames of one stream, in buffers that are used again and again. */
export class PreRoll {
  readonly #slots: Uint8Array[] = [];
  readonly #lengths = new Uint16Array(PRE_ROLL_FRAMES);
  readonly #arrivedAtMs = new Float64Array(PRE_ROLL_FRAMES);
  #next = 0;
  #size = 0;

  /** Keeps a copy of the frame at `start` … `end`, in place of the oldest. */
  keep(bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const length = end - start;
    let slot = this.#slots[this.#next];
    if (slot === undefined || slot.length < length) {
      // Rounded up, so that a codec whose frames vary settles after a few.
      slot = new Uint8Array((length + 63) & ~63);
      this.#slots[this.#next] = slot;
    }
    for (let from = start, to = 0; from < end; from++, to++) slot[to] = bytes[from]!;
    this.#lengths[this.#next] = length;
    this.#arrivedAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % PRE_ROLL_FRAMES;
    if (this.#size < PRE_ROLL_FRAMES) this.#size += 1;
  }

  /** Forgets frames that are too old, then says how many are left. */
  fresh(nowMs: number): number {
    while (this.#size > 0 && nowMs - this.#arrivedAtMs[this.#index(0)]! > FRESH_MS) this.#size -= 1;
    return this.#size;
  }

  /** Buffer of the frame at `position`, 0 being the oldest; only its first `lengthAt(position)` bytes count. */
  at(position: number): Uint8Array {
    return this.#slots[this.#index(position)]!;
  }

  lengthAt(position: number): number {
    return this.#lengths[this.#index(position)]!;
  }

  clear(): void {
    this.#size = 0;
  }

  #index(position: number): number {
    return (this.#next - this.#size + position + PRE_ROLL_FRAMES) % PRE_ROLL_FRAMES;
  }
}
