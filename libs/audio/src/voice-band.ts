import { audioLevelDbov } from './level.ts';

/** Below this a microphone hears wind, traffic and the table, and hardly any voice, Hz. */
const LOWEST_HZ = 150;

/**
 * Level of the part of a sound in which voices are: the rest rumbles unevenly, and would pass for speech (a
 * second-order Butterworth high-pass, as RBJ's cookbook has it).
 */
export class VoiceBand {
  readonly #b0: number;
  readonly #a1: number;
  readonly #a2: number;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;
  #filtered = new Float32Array(0);

  /** @param sampleRate in Hz */
  constructor(sampleRate = 48000) {
    const w = (2 * Math.PI * LOWEST_HZ) / sampleRate;
    const alpha = Math.sin(w) / Math.SQRT2;
    const a0 = 1 + alpha;
    this.#b0 = (1 + Math.cos(w)) / 2 / a0;
    this.#a1 = (-2 * Math.cos(w)) / a0;
    this.#a2 = (1 - alpha) / a0;
  }

  /**
   * Takes the next samples of one sound.
   * @returns −dBov, as {@link audioLevelDbov} gives it
   */
  levelDbov(pcm: Float32Array): number {
    if (this.#filtered.length !== pcm.length) this.#filtered = new Float32Array(pcm.length);
    for (let i = 0; i < pcm.length; i += 1) {
      const x = pcm[i]!;
      const y = this.#b0 * (x - 2 * this.#x1 + this.#x2) - this.#a1 * this.#y1 - this.#a2 * this.#y2;
      this.#x2 = this.#x1;
      this.#x1 = x;
      this.#y2 = this.#y1;
      // One sample that is no number must not deafen the detector for ever.
      this.#y1 = Number.isFinite(y) ? y : 0;
      this.#filtered[i] = this.#y1;
    }
    return audioLevelDbov(this.#filtered);
  }
}
