import loadSpeex, { type SpeexModule } from '@echogarden/speex-resampler-wasm';

/** Most input samples given to the WebAssembly module at a time. */
const CHUNK_SAMPLES = 4096;

let loading: Promise<SpeexModule> | undefined;

/**
 * Changes the sample rate of one channel as it streams in. The filter's delay is taken out: output sample 0 is
 * input sample 0, and `process` and `flush` together give exactly the input's length at the new rate.
 */
export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  readonly #speex: SpeexModule;
  #state: number;
  readonly #memory: number;
  readonly #outputCapacity: number;
  #taken = 0;
  #given = 0;

  /**
   * @param fromHz rate of the input, 1000 to 768000
   * @param toHz rate of the output, likewise
   * @param quality 0 (fast) to 10 (best)
   * @throws RangeError for a rate or quality outside its range
   */
  static async create(fromHz: number, toHz: number, quality = 8): Promise<Resampler> {
    for (const rate of [fromHz, toHz]) {
      if (!Number.isInteger(rate) || rate < 1000 || rate > 768000) {
        throw new RangeError(`sample rate is ${rate}; give a whole number from 1000 to 768000`);
      }
    }
    if (!Number.isInteger(quality) || quality < 0 || quality > 10) {
      throw new RangeError(`quality is ${quality}; give a whole number from 0 to 10`);
    }
    loading ??= loadSpeex();
    return new Resampler(await loading, fromHz, toHz, quality);
  }

  private constructor(speex: SpeexModule, fromHz: number, toHz: number, quality: number) {
    this.#speex = speex;
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.#outputCapacity = Math.ceil((CHUNK_SAMPLES * toHz) / fromHz) + 16;
    // Two lengths, then the input, then the output.
    this.#memory = speex._malloc(8 + 4 * (CHUNK_SAMPLES + this.#outputCapacity));
    this.#state = speex._speex_resampler_init(1, fromHz, toHz, quality, this.#memory);
    if (this.#memory === 0 || this.#state === 0) throw new RangeError('no memory left for a resampler');
    speex._speex_resampler_skip_zeros(this.#state);
  }

  /** Resamples the next samples; gives as many as can be known by now. */
  process(input: Float32Array): Float32Array {
    this.#taken += input.length;
    const output = this.#run(input);
    this.#given += output.length;
    return output;
  }

  /** The rest of the output, once the input is over. The resampler is closed afterwards. */
  flush(): Float32Array {
    const missing = Math.round((this.#taken * this.toHz) / this.fromHz) - this.#given;
    const latency = this.#state === 0 ? 0 : this.#speex._speex_resampler_get_input_latency(this.#state);
    const padding = latency + Math.ceil(this.fromHz / this.toHz) + 16;
    const tail =
      missing > 0 ? this.#run(new Float32Array(padding)).subarray(0, missing) : new Float32Array(0);
    this.close();
    return tail;
  }

  /** Gives the memory back. Idempotent. */
  close(): void {
    if (this.#state === 0) return;
    this.#speex._speex_resampler_destroy(this.#state);
    this.#speex._free(this.#memory);
    this.#state = 0;
  }

  #run(input: Float32Array): Float32Array {
    if (this.#state === 0) throw new Error('this resampler is closed; make a new one for more input');
    const output = new Float32Array(Math.ceil((input.length * this.toHz) / this.fromHz) + 16);
    let written = 0;
    for (let at = 0; at < input.length; ) {
      const speex = this.#speex;
      const lengths = this.#memory >> 2;
      const inputAt = lengths + 2;
      const outputAt = inputAt + CHUNK_SAMPLES;
      const chunk = input.subarray(at, at + CHUNK_SAMPLES);
      speex.HEAPF32.set(chunk, inputAt);
      speex.HEAPU32[lengths] = chunk.length;
      speex.HEAPU32[lengths + 1] = this.#outputCapacity;
      speex._speex_resampler_process_float(
        this.#state,
        0,
        inputAt * 4,
        this.#memory,
        outputAt * 4,
        this.#memory + 4,
      );
      at += speex.HEAPU32[lengths]!;
      const produced = speex.HEAPU32[lengths + 1]!;
      output.set(speex.HEAPF32.subarray(outputAt, outputAt + produced), written);
      written += produced;
    }
    return output.subarray(0, written);
  }
}

/** Resamples a whole channel. @throws RangeError for a rate outside 1000 to 768000 */
export async function resample(input: Float32Array, fromHz: number, toHz: number): Promise<Float32Array> {
  if (fromHz === toHz) return input;
  const resampler = await Resampler.create(fromHz, toHz);
  const head = resampler.process(input);
  const tail = resampler.flush();
  const output = new Float32Array(head.length + tail.length);
  output.set(head);
  output.set(tail, head.length);
  return output;
}
