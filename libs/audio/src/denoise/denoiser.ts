import createRnnoise, { type RnnoiseModule } from '@jitsi/rnnoise-wasm/dist/rnnoise-sync.js';

const RATE = 48_000;
/** RNNoise works on 10 ms at a time. */
const FRAME_SAMPLES = 480;
/** It takes samples that are as loud as those of 16 bits. */
const SCALE = 32_768;

/** One for all denoisers of a thread: its code and its model take 1.5 MB. */
let shared: RnnoiseModule | undefined;

/**
 * Takes noise out of speech (RNNoise 0.2, a recurrent network trained on noisy speech: J.-M. Valin, "A hybrid DSP/deep learning approach to
 * real-time full-band speech enhancement", 2018). Mono at 48 kHz, pieces of any size. It comes with 1.9 MB of WebAssembly, which is why it has
 * an entry of its own: a page loads it by `import()` when somebody asks for it.
 *
 * @example
 * const { Denoiser } = await import('@partyline/audio/denoise');
 * const denoiser = new Denoiser();
 * for (const block of blocks) denoiser.process(block);
 * denoiser.close();
 */
export class Denoiser {
  /** How much later sound comes out, samples: a frame is gathered, its window overlaps the next one, and the network looks one ahead. */
  static readonly delaySamples = 3 * FRAME_SAMPLES;
  readonly #rnnoise: RnnoiseModule;
  #state = 0;
  #memory = 0;
  readonly #input = new Float32Array(FRAME_SAMPLES);
  readonly #output = new Float32Array(FRAME_SAMPLES);
  #filled = 0;
  #voiceProbability = 0;

  /**
   * @param options `sampleRate`: that of the sound, 48000 and no other one
   * @throws RangeError for another sample rate
   */
  constructor({ sampleRate = RATE }: { sampleRate?: number } = {}) {
    if (sampleRate !== RATE) {
      throw new RangeError(
        `sampleRate is ${sampleRate}; RNNoise knows speech at ${RATE} Hz only: use a Resampler before and after`,
      );
    }
    shared ??= createRnnoise();
    this.#rnnoise = shared;
    this.#memory = this.#rnnoise._malloc(4 * FRAME_SAMPLES);
    this.reset();
  }

  /** How sure it is that somebody talked in the last 10 ms, 0 to 1. */
  get voiceProbability(): number {
    return this.#voiceProbability;
  }

  /**
   * Changes the next samples in place; what comes out is {@link Denoiser.delaySamples} old.
   * @returns `pcm`
   * @throws Error after `close`
   */
  process(pcm: Float32Array): Float32Array {
    if (this.#state === 0) throw new Error('this denoiser is closed; make a new one for more sound');
    for (let at = 0; at < pcm.length; ) {
      const length = Math.min(pcm.length - at, FRAME_SAMPLES - this.#filled);
      for (let i = 0; i < length; i += 1) {
        const sample = pcm[at + i]!;
        this.#input[this.#filled + i] = Number.isFinite(sample) ? sample : 0;
        pcm[at + i] = this.#output[this.#filled + i]!;
      }
      at += length;
      this.#filled += length;
      if (this.#filled === FRAME_SAMPLES) this.#frame();
    }
    return pcm;
  }

  /** Forgets the sound so far. */
  reset(): void {
    if (this.#memory === 0) throw new Error('this denoiser is closed; make a new one for more sound');
    if (this.#state !== 0) this.#rnnoise._rnnoise_destroy(this.#state);
    this.#state = this.#rnnoise._rnnoise_create(0);
    this.#output.fill(0);
    this.#filled = 0;
    this.#voiceProbability = 0;
  }

  /** Gives the memory back. Idempotent. */
  close(): void {
    if (this.#state === 0) return;
    this.#rnnoise._rnnoise_destroy(this.#state);
    this.#rnnoise._free(this.#memory);
    this.#state = 0;
    this.#memory = 0;
  }

  #frame(): void {
    const rnnoise = this.#rnnoise;
    const at = this.#memory >> 2;
    for (let i = 0; i < FRAME_SAMPLES; i += 1) rnnoise.HEAPF32[at + i] = this.#input[i]! * SCALE;
    this.#voiceProbability = rnnoise._rnnoise_process_frame(this.#state, this.#memory, this.#memory);
    for (let i = 0; i < FRAME_SAMPLES; i += 1) this.#output[i] = rnnoise.HEAPF32[at + i]! / SCALE;
    this.#filled = 0;
  }
}
