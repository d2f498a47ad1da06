import { type ComfortNoise, MAX_CN_ORDER, writeComfortNoise } from './comfort-noise.ts';
import { reflectionsOf } from './linear-prediction.ts';

/** Settings of a {@link ComfortNoiseAnalyser}. */
export interface ComfortNoiseOptions {
  /** Hz. Default 48000. */
  sampleRate?: number;
  /** Reflection coefficients in a payload, 0 to 32. Default 10, as ITU-T G.711 Appendix II has it for 8 kHz. */
  order?: number;
}

const BLOCK_MS = 20;
/** The noise is that of about the last 200 ms: longer than a click, shorter than a change of room. */
const AVERAGED_BLOCKS = 10;
/** A noise floor for the arithmetic, −90 dB under the signal: a pure hum has no all-pole model that could be quantised. */
const FLOOR = 1e-9;

/**
 * Describes background noise in a few bytes, so that a sender may stop sending it (RFC 3389). Give it what was spoken into pauses; speech
 * makes a description of speech.
 *
 * @example
 * if (!voice.update(audioLevelDbov(frame))) {
 *   analyser.process(frame);
 *   if (sinceLastMs >= 200) send(analyser.payload());
 * }
 */
export class ComfortNoiseAnalyser {
  readonly #order: number;
  readonly #block: Float64Array;
  readonly #window: Float64Array;
  readonly #windowPower: number;
  readonly #correlation: Float64Array;
  #filled = 0;
  #blocks = 0;

  /** @throws RangeError that says what to give instead */
  constructor({ sampleRate = 48000, order = 10 }: ComfortNoiseOptions = {}) {
    if (!(sampleRate >= 8000)) throw new RangeError(`sampleRate is ${sampleRate}; give 8000 or more`);
    if (!Number.isInteger(order) || order < 0 || order > MAX_CN_ORDER) {
      throw new RangeError(`order is ${order}; give a whole number from 0 to ${MAX_CN_ORDER}`);
    }
    this.#order = order;
    const samples = Math.round((sampleRate * BLOCK_MS) / 1000);
    this.#block = new Float64Array(samples);
    this.#window = Float64Array.from(
      { length: samples },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / samples),
    );
    this.#windowPower = this.#window.reduce((sum, weight) => sum + weight * weight, 0);
    this.#correlation = new Float64Array(order + 1);
  }

  /** Takes the next samples of noise. */
  process(pcm: Float32Array): void {
    for (let i = 0; i < pcm.length; i += 1) {
      const sample = pcm[i]!;
      this.#block[this.#filled] = Number.isFinite(sample) ? sample : 0;
      this.#filled += 1;
      if (this.#filled === this.#block.length) this.#take();
    }
  }

  /** The noise as of now; silence until 20 ms were taken. */
  get noise(): ComfortNoise {
    const power = this.#correlation[0]!;
    return {
      levelDbov: power > 0 ? -10 * Math.log10(power) : Number.POSITIVE_INFINITY,
      reflections: reflectionsOf(this.#correlation, FLOOR),
    };
  }

  /** The same as a payload of RFC 3389: `order` + 1 bytes. */
  payload(): Uint8Array {
    return writeComfortNoise(this.noise);
  }

  /** Forgets the noise so far. */
  reset(): void {
    this.#correlation.fill(0);
    this.#filled = 0;
    this.#blocks = 0;
  }

  #take(): void {
    this.#filled = 0;
    this.#blocks += 1;
    const share = 1 / Math.min(this.#blocks, AVERAGED_BLOCKS);
    const block = this.#block;
    for (let i = 0; i < block.length; i += 1) block[i] = block[i]! * this.#window[i]!;
    for (let lag = 0; lag <= this.#order; lag += 1) {
      let sum = 0;
      for (let i = lag; i < block.length; i += 1) sum += block[i]! * block[i - lag]!;
      this.#correlation[lag]! += share * (sum / this.#windowPower - this.#correlation[lag]!);
    }
  }
}
