/** Peaks are held to this, −1 dBFS; anything quieter passes unchanged. */
export const LIMIT = 0.891;
/** Time for the gain to come back by 63 % after a peak. */
const RELEASE_MS = 80;

/** Turns loud passages down at once and lets them come back slowly, so that a sum of voices does not clip. */
export class PeakLimiter {
  readonly #release: number;
  #gain = 1;

  /** @param sampleRate in Hz */
  constructor(sampleRate: number) {
    this.#release = 1 - Math.exp(-1000 / (RELEASE_MS * sampleRate));
  }

  /** Limits `pcm` in place. */
  process(pcm: Float32Array): void {
    for (let i = 0; i < pcm.length; i += 1) {
      const sample = pcm[i]!;
      const magnitude = Math.abs(sample);
      this.#gain += (1 - this.#gain) * this.#release;
      // The last part of the way never ends in floating point, and would keep quiet sound from being exact.
      if (this.#gain > 0.9999) this.#gain = 1;
      if (magnitude * this.#gain > LIMIT) this.#gain = LIMIT / magnitude;
      pcm[i] = sample * this.#gain;
    }
  }
}
