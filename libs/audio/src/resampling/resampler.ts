import { type Kernel, kernelFor } from './kernel.ts';

const LOWEST_HZ = 1000;
const HIGHEST_HZ = 768_000;
const DEFAULT_PASS_BAND = 0.9;
/** Samples taken at a time, so that memory does not depend on the size of pieces. */
const PIECE_SAMPLES = 1024;

/** Settings of a {@link Resampler}. */
export interface ResamplerOptions {
  /** Rate of the input, a whole number from 1000 to 768000 Hz. */
  fromHz: number;
  /** Rate of the output, likewise. */
  toHz: number;
  /**
   * How much of what the lower rate can carry is let through unchanged, 0.5 to 0.97. Default 0.9; the rest of the way up fades. Less
   * means less delay.
   */
  passBand?: number;
}

/**
 * Changes the sample rate of one channel as it streams in, with aliases and images below −120 dB. The filter's delay is taken out:
 * output sample 0 is input sample 0, and `process` and `flush` together give exactly the input's length at the new rate. What has to be
 * waited for is `delaySamples`. Memory stays as it is after construction.
 *
 * It is a polyphase low pass by Kaiser's window (R. E. Crochiere and L. R. Rabiner, "Multirate Digital Signal Processing", chapter 4), in
 * plain arithmetic: it begins at once, also on a browser's audio thread, where nothing can be loaded.
 *
 * @example
 * const resampler = new Resampler({ fromHz: 48000, toHz: 8000 });
 * for (const block of blocks) telephone.write(resampler.process(block));
 * telephone.write(resampler.flush());
 */
export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  readonly #up: number;
  readonly #down: number;
  readonly #kernel: Kernel;
  /** Half of the kernel before the input's next sample, then room for a piece. */
  readonly #history: Float32Array;
  /** How many samples of the history are filled. */
  #filled = 0;
  /** Where the next output sample lies: sample of the history, and `#up`ths of one beyond it. */
  #at = 0;
  #fraction = 0;
  #taken = 0;
  #given = 0;

  /** @throws RangeError that says what to give instead */
  constructor({ fromHz, toHz, passBand = DEFAULT_PASS_BAND }: ResamplerOptions) {
    for (const rate of [fromHz, toHz]) {
      if (!Number.isInteger(rate) || rate < LOWEST_HZ || rate > HIGHEST_HZ) {
        throw new RangeError(
          `sample rate is ${rate}; give a whole number from ${LOWEST_HZ} to ${HIGHEST_HZ}`,
        );
      }
    }
    if (!(passBand >= 0.5 && passBand <= 0.97)) {
      throw new RangeError(`passBand is ${passBand}; give a number from 0.5 to 0.97`);
    }
    this.fromHz = fromHz;
    this.toHz = toHz;
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.#up = toHz / divisor;
    this.#down = fromHz / divisor;
    this.#kernel = kernelFor(this.#up, this.#down, passBand);
    this.#history = new Float32Array(this.#kernel.taps + Math.ceil(this.#down / this.#up) + PIECE_SAMPLES);
    this.reset();
  }

  /** How much later a sample comes out than it went in, in samples of the output; 0 between equal rates. */
  get delaySamples(): number {
    return this.#isCopy ? 0 : (this.#lookahead * this.#up) / this.#down;
  }

  /** The same in ms. */
  get delayMs(): number {
    return (this.delaySamples * 1000) / this.toHz;
  }

  /** Most samples that `process` gives for so many. */
  maxOutput(inputSamples: number): number {
    return Math.ceil((inputSamples * this.#up) / this.#down) + 1;
  }

  /** Resamples the next samples; gives as many as can be known by now, in an array of their own. */
  process(input: Float32Array): Float32Array {
    const output = new Float32Array(this.maxOutput(input.length));
    return output.subarray(0, this.processInto(input, output));
  }

  /**
   * The same without a new array.
   * @param output of `maxOutput(input.length)` samples or more
   * @returns how many samples were written
   * @throws RangeError when `output` is too small
   */
  processInto(input: Float32Array, output: Float32Array): number {
    if (output.length < this.maxOutput(input.length)) {
      throw new RangeError(
        `output has ${output.length} samples; give ${this.maxOutput(input.length)} or more`,
      );
    }
    this.#taken += input.length;
    const written = this.#run(input, output);
    this.#given += written;
    return written;
  }

  /** The rest of the output, once the input is over; the resampler is as new afterwards. */
  flush(): Float32Array {
    const missing = Math.round((this.#taken * this.#up) / this.#down) - this.#given;
    const silence = new Float32Array(this.#lookahead + Math.ceil(this.#down / this.#up) + 1);
    const tail = new Float32Array(Math.max(missing, this.maxOutput(silence.length)));
    if (missing > 0) this.#run(silence, tail);
    this.reset();
    return tail.subarray(0, Math.max(0, missing));
  }

  /** Forgets the sound so far. */
  reset(): void {
    this.#history.fill(0);
    // Silence before the first sample, so that the first output sample has a whole kernel.
    this.#filled = this.#kernel.taps / 2 - 1;
    this.#at = this.#filled;
    this.#fraction = 0;
    this.#taken = 0;
    this.#given = 0;
  }

  get #isCopy(): boolean {
    return this.#up === this.#down;
  }

  /** Input samples after the one that an output sample lies on or behind. */
  get #lookahead(): number {
    return this.#kernel.taps / 2;
  }

  #run(input: Float32Array, output: Float32Array): number {
    if (this.#isCopy) {
      output.set(input);
      return input.length;
    }
    let written = 0;
    for (let from = 0; from < input.length; from += PIECE_SAMPLES) {
      const to = Math.min(input.length, from + PIECE_SAMPLES);
      for (let i = from; i < to; i += 1) {
        // One sample that is no number would spoil a whole kernel's length of them.
        this.#history[this.#filled] = Number.isFinite(input[i]!) ? input[i]! : 0;
        this.#filled += 1;
      }
      written = this.#convolve(output, written);
      this.#forget();
    }
    return written;
  }

  #convolve(output: Float32Array, from: number): number {
    const { weights, taps, phases } = this.#kernel;
    const history = this.#history;
    const up = this.#up;
    const whole = Math.floor(this.#down / up);
    const part = this.#down % up;
    const before = taps / 2 - 1;
    let written = from;
    while (this.#at + taps / 2 < this.#filled) {
      const place = (this.#fraction * phases) / up;
      const phase = Math.floor(place);
      const row = phase * taps;
      const start = this.#at - before;
      let sum = weightedSum(weights, row, history, start, taps);
      if (place !== phase) {
        sum += (place - phase) * (weightedSum(weights, row + taps, history, start, taps) - sum);
      }
      output[written] = sum;
      written += 1;
      this.#at += whole;
      this.#fraction += part;
      if (this.#fraction >= up) {
        this.#fraction -= up;
        this.#at += 1;
      }
    }
    return written;
  }

  /** Moves what later output still needs to the front. */
  #forget(): void {
    const start = Math.min(this.#filled, this.#at - (this.#kernel.taps / 2 - 1));
    this.#history.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    this.#at -= start;
  }
}

/** By twos, in two sums that do not wait for each other: the number of taps is even. */
const weightedSum = (
  weights: Float32Array,
  row: number,
  history: Float32Array,
  start: number,
  taps: number,
): number => {
  let even = 0;
  let odd = 0;
  for (let tap = 0; tap < taps; tap += 2) {
    even += weights[row + tap]! * history[start + tap]!;
    odd += weights[row + tap + 1]! * history[start + tap + 1]!;
  }
  return even + odd;
};

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** Resamples a whole channel; the same array when the rates are equal. @throws RangeError for a rate outside 1000 to 768000 */
export const resample = (input: Float32Array, fromHz: number, toHz: number): Float32Array => {
  const resampler = new Resampler({ fromHz, toHz });
  if (fromHz === toHz) return input;
  const head = resampler.process(input);
  const tail = resampler.flush();
  const output = new Float32Array(head.length + tail.length);
  output.set(head);
  output.set(tail, head.length);
  return output;
};
