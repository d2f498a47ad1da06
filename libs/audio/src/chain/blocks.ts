/** Cuts a stream of pieces of any size into blocks of one size. */
export class Blocks {
  readonly #block: Float32Array;
  readonly #handler: (block: Float32Array) => void;
  #filled = 0;

  /** @param handler gets each block, an array that is used again */
  constructor(samples: number, handler: (block: Float32Array) => void) {
    this.#block = new Float32Array(samples);
    this.#handler = handler;
  }

  process(pcm: Float32Array): void {
    for (let at = 0; at < pcm.length; ) {
      const length = Math.min(pcm.length - at, this.#block.length - this.#filled);
      this.#block.set(pcm.subarray(at, at + length), this.#filled);
      at += length;
      this.#filled += length;
      if (this.#filled < this.#block.length) continue;
      this.#filled = 0;
      this.#handler(this.#block);
    }
  }

  reset(): void {
    this.#filled = 0;
  }
}
