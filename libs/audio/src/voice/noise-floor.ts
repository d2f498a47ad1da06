/** Pieces of time of which the quietest one is taken for noise: together 1.6 s, longer than people talk without a gap in any band. */
const PIECES = 8;
const HOPS_PER_PIECE = 20;
/** How much lower than its mean the least of so many smoothed powers of steady noise is. */
const BIAS = 1.6;
/** The least of a few is chance: until there are so many, their mean is the noise. */
const FIRST_HOPS = 15;
/** Smoothing of the power of which the least is looked for. */
const SMOOTHING = 0.85;

/**
 * The noise in a band under whatever else there is: the least of its smoothed power within a second and a half, raised to what the mean
 * of steady noise would be (R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics",
 * 2001, with constant smoothing).
 */
export class NoiseFloor {
  readonly #least: Float64Array;
  #current = Number.POSITIVE_INFINITY;
  #smoothed = 0;
  #heard = 0;
  #hops = 0;
  #piece = 0;

  constructor() {
    this.#least = new Float64Array(PIECES).fill(Number.POSITIVE_INFINITY);
  }

  /** Takes the next power; gives the noise's. */
  update(power: number): number {
    this.#heard = Math.min(FIRST_HOPS, this.#heard + 1);
    const isFirst = this.#heard < FIRST_HOPS;
    this.#smoothed += (isFirst ? 1 / this.#heard : 1 - SMOOTHING) * (power - this.#smoothed);
    this.#current = isFirst ? this.#smoothed : Math.min(this.#current, this.#smoothed);
    let least = this.#current;
    for (let i = 0; i < PIECES; i += 1) least = Math.min(least, this.#least[i]!);
    this.#hops += 1;
    if (this.#hops === HOPS_PER_PIECE) {
      this.#hops = 0;
      this.#least[this.#piece] = this.#current;
      this.#piece = (this.#piece + 1) % PIECES;
      this.#current = this.#smoothed;
    }
    return least * BIAS;
  }
}
