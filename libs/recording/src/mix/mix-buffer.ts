import { SAMPLE_RATE } from '../units.ts';

/** Voice may be this far ahead of what has been mixed, s: a speaker's clock that is off, and what is held on purpose. */
const LENGTH_SECONDS = 12;

/** The sum of all voices, each put where it was spoken. */
export class MixBuffer {
  /** Samples that came when their time had been mixed already, or lay too far ahead. */
  misplacedSamples = 0;
  readonly #sum = new Float32Array(LENGTH_SECONDS * SAMPLE_RATE);
  #start = 0;

  /** The next sample that {@link take} gives. */
  get start(): number {
    return this.#start;
  }

  /** @param at sample of the recording; what lies before what was taken is left out */
  add(at: number, pcm: Float32Array): void {
    const length = this.#sum.length;
    const from = Math.max(0, this.#start - at);
    const to = Math.min(pcm.length, this.#start + length - at);
    this.misplacedSamples += pcm.length - Math.max(0, to - from);
    for (let i = from; i < to; i += 1) {
      const slot = (at + i) % length;
      this.#sum[slot] = this.#sum[slot]! + pcm[i]!;
    }
  }

  /** Takes the next `samples`. */
  take(samples: number): Float32Array {
    const taken = new Float32Array(samples);
    const length = this.#sum.length;
    for (let i = 0; i < samples; i += 1) {
      const slot = (this.#start + i) % length;
      taken[i] = this.#sum[slot]!;
      this.#sum[slot] = 0;
    }
    this.#start += samples;
    return taken;
  }
}
