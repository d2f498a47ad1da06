import { butterworthHighPass } from './filters/butterworth.ts';
import { Filter } from './filters/filter.ts';
import { warped } from './filters/section.ts';
import { audioLevelDbov } from './level.ts';

/** Below this a microphone hears wind, traffic and the table, and hardly any voice, Hz. */
const LOWEST_HZ = 150;

/** Level of the part of a sound in which voices are: the rest rumbles unevenly, and would pass for speech. */
export class VoiceBand {
  readonly #filter: Filter;
  #filtered = new Float32Array(0);

  /** @param sampleRate in Hz */
  constructor(sampleRate = 48000) {
    // Not by `highPass`, whose checks and their words every page would load.
    this.#filter = new Filter(butterworthHighPass(2, warped(LOWEST_HZ, sampleRate)), sampleRate);
  }

  /**
   * Takes the next samples of one sound.
   * @returns −dBov, as {@link audioLevelDbov} gives it
   */
  levelDbov(pcm: Float32Array): number {
    if (this.#filtered.length !== pcm.length) this.#filtered = new Float32Array(pcm.length);
    this.#filtered.set(pcm);
    return audioLevelDbov(this.#filter.process(this.#filtered));
  }
}
