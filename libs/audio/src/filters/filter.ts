import type { Butterworth } from './butterworth.ts';
import { phaseOf, type Section, warped } from './section.ts';

/** What is left of a sound that ended long ago; smaller numbers would cost a processor a hundred times as much. */
const NOTHING = 1e-30;
/** How often that is looked for, samples: counted, so that the sizes of pieces make no difference at all. */
const SAMPLES_PER_LOOK = 256;
/** The step of the difference that stands for a derivative, radians a sample. */
const PHASE_STEP = 1e-6;

/**
 * A filter for one channel that streams: sections of second order one after the other, in transposed direct form II,
 * at double precision. Any sizes of pieces give the same output. Made by {@link lowPass} and its like.
 */
export class Filter {
  /** Of all PCM, Hz. */
  readonly sampleRate: number;
  readonly #sections: readonly Section[];
  readonly #power: (w: number) => number;
  /** Two for each section. */
  readonly #state: Float64Array;
  #untilLook = SAMPLES_PER_LOOK;

  constructor({ sections, power }: Butterworth, sampleRate: number) {
    this.sampleRate = sampleRate;
    this.#sections = sections;
    this.#power = power;
    this.#state = new Float64Array(2 * sections.length);
  }

  /** Number of poles. */
  get order(): number {
    return this.#sections.reduce((sum, { a2, b2 }) => sum + (a2 === 0 && b2 === 0 ? 1 : 2), 0);
  }

  /**
   * Filters the next samples in place; what is no number counts as silence.
   * @returns `pcm`
   */
  process(pcm: Float32Array): Float32Array {
    const state = this.#state;
    for (let i = 0; i < pcm.length; i += 1) if (!Number.isFinite(pcm[i]!)) pcm[i] = 0;
    // Sample by sample through all sections: between them nothing is rounded to single precision.
    for (let i = 0; i < pcm.length; i += 1) {
      let x = pcm[i]!;
      for (let s = 0; s < this.#sections.length; s += 1) {
        const { b0, b1, b2, a1, a2 } = this.#sections[s]!;
        const y = b0 * x + state[2 * s]!;
        state[2 * s] = b1 * x - a1 * y + state[2 * s + 1]!;
        state[2 * s + 1] = b2 * x - a2 * y;
        x = y;
      }
      pcm[i] = x;
      this.#untilLook -= 1;
      if (this.#untilLook === 0) this.#settle();
    }
    return pcm;
  }

  /** Forgets the sound so far. */
  reset(): void {
    this.#state.fill(0);
    this.#untilLook = SAMPLES_PER_LOOK;
  }

  /**
   * What theory says of a steady tone: gain in dB, −Infinity where nothing passes. It comes from the closed formula of
   * Butterworth, not from the coefficients, so that one can be checked by the other.
   * @param hz from 0 to half the sample rate
   * @throws RangeError outside that
   */
  responseDb(hz: number): number {
    this.#check(hz);
    const power = this.#power(
      hz === this.sampleRate / 2 ? Number.POSITIVE_INFINITY : warped(hz, this.sampleRate),
    );
    // At infinity, half the sample rate, a band's formula is infinity over infinity.
    return 10 * Math.log10(Number.isNaN(power) ? this.#power(1e9) : power);
  }

  /**
   * Group delay at a frequency, in samples: by how much the shape of a sound around it comes later.
   * @throws RangeError outside 0 to half the sample rate
   */
  delaySamples(hz: number): number {
    this.#check(hz);
    const w = (2 * Math.PI * hz) / this.sampleRate;
    return this.#sections.reduce((sum, section) => {
      let change = phaseOf(section, w + PHASE_STEP) - phaseOf(section, w - PHASE_STEP);
      change -= Math.PI * Math.round(change / Math.PI);
      return sum - change / (2 * PHASE_STEP);
    }, 0);
  }

  #settle(): void {
    this.#untilLook = SAMPLES_PER_LOOK;
    const state = this.#state;
    for (let s = 0; s < state.length; s += 1) if (Math.abs(state[s]!) < NOTHING) state[s] = 0;
  }

  #check(hz: number): void {
    if (hz >= 0 && hz <= this.sampleRate / 2) return;
    throw new RangeError(`${hz} Hz is not in this sound; ask for 0 to ${this.sampleRate / 2} Hz`);
  }
}
