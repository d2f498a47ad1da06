/** Peaks are held to this, −1 dBFS; anything quieter passes unchanged. */
export const LIMIT = 0.891;
/** The gain stays so long after a peak: a voice's next one is 4 to 12 ms away, and between them nothing should move. */
const HOLD_MS = 15;
/** Time for the gain to come back by 63 % after that. */
const RELEASE_MS = 100;

/** Turns loud passages down at once and lets them come back slowly, so that a sum of voices does not clip. */
export class PeakLimiter {
  readonly #release: number;
  readonly #holdSamples: number;
  #gain = 1;
  #held = 0;

  /** @param sampleRate in Hz */
  constructor(sampleRate: number) {
    this.#holdSamples = (HOLD_MS * sampleRate) / 1000;
    this.#release = 1 - Math.exp(-1000 / (RELEASE_MS * sampleRate));
  }

  /** Limits `pcm` in place. */
  process(pcm: Float32Array): void {
    for (let i = 0; i < pcm.length; i += 1) {
      const sample = pcm[i]!;
      const magnitude = Math.abs(sample);
      if (this.#held > 0) this.#held -= 1;
      else this.#gain += (1 - this.#gain) * this.#release;
      // The last part of the way never ends in floating point, and would keep quiet sound from being exact.
      if (this.#gain > 0.9999) this.#gain = 1;
      if (magnitude * this.#gain > LIMIT) {
        this.#gain = LIMIT / magnitude;
        this.#held = this.#holdSamples;
      }
      pcm[i] = sample * this.#gain;
    }
  }

  /** Goes on from where another limiter of the same sample rate stands. */
  follow(other: PeakLimiter): void {
    this.#gain = other.#gain;
    this.#held = other.#held;
  }
}
