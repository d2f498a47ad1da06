const SLAB_BYTES = 8192;

/** Cuts arrays off larger ones, as Node's `Buffer` does: to make one by itself takes longer than to encode a frame of G.711. */
export class ByteSlab {
  #slab = new Uint8Array(0);
  #used = 0;

  /** @returns zeros that nobody else has; their buffer has other arrays, too */
  take(bytes: number): Uint8Array {
    // One that was transferred elsewhere has no length any more.
    if (this.#used + bytes > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, bytes));
      this.#used = 0;
    }
    const taken = this.#slab.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return taken;
  }
}
