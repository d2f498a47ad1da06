/** Receives frames; `frame` belongs to the receiver, `captureTimeMs` is the time of its first sample. */
export type FrameHandler = (frame: Float32Array, captureTimeMs: number) => void;

/** A chunk this far from where the samples say it should be is a new beginning (the device paused). */
const REANCHOR_MS = 100;
/** Share of the difference between clock and sample count that each chunk corrects. */
const CLOCK_GAIN = 0.02;

/**
 * Cuts chunks of any length into frames of one length and gives each frame its capture time. Time runs by
 * counting samples, slowly steered towards the times that come with the chunks, because those carry the
 * scheduling noise of whoever delivered them.
 */
export class Framer {
  readonly frameSamples: number;
  readonly #samplesPerMs: number;
  readonly #onFrame: FrameHandler;
  #frame: Float32Array;
  #filled = 0;
  /** Time of the next sample to arrive. */
  #nextTimeMs: number | undefined;

  /**
   * @param frameSamples samples in every frame
   * @param sampleRate in Hz
   */
  constructor(frameSamples: number, sampleRate: number, onFrame: FrameHandler) {
    if (!Number.isInteger(frameSamples) || frameSamples < 1) {
      throw new RangeError(`frameSamples is ${frameSamples}; give a whole number of at least 1`);
    }
    this.frameSamples = frameSamples;
    this.#samplesPerMs = sampleRate / 1000;
    this.#onFrame = onFrame;
    this.#frame = new Float32Array(frameSamples);
  }

  /** @param captureTimeMs when the chunk's first sample was captured, in ms of any steady clock */
  push(chunk: Float32Array, captureTimeMs: number): void {
    const expectedMs = this.#nextTimeMs ?? captureTimeMs;
    const errorMs = captureTimeMs - expectedMs;
    if (Math.abs(errorMs) > REANCHOR_MS) {
      // What is left of before the pause would give a frame that is old at one end and new at the other.
      this.#filled = 0;
      this.#nextTimeMs = captureTimeMs;
    } else this.#nextTimeMs = expectedMs + errorMs * CLOCK_GAIN;
    let at = 0;
    while (at < chunk.length) {
      const taken = Math.min(chunk.length - at, this.frameSamples - this.#filled);
      this.#frame.set(chunk.subarray(at, at + taken), this.#filled);
      at += taken;
      this.#filled += taken;
      this.#nextTimeMs += taken / this.#samplesPerMs;
      if (this.#filled === this.frameSamples) this.#emit();
    }
  }

  /** Forgets what is not yet a whole frame, as when the microphone is muted. */
  reset(): void {
    this.#filled = 0;
    this.#nextTimeMs = undefined;
  }

  #emit(): void {
    const frame = this.#frame;
    this.#frame = new Float32Array(this.frameSamples);
    this.#filled = 0;
    this.#onFrame(frame, this.#nextTimeMs! - this.frameSamples / this.#samplesPerMs);
  }
}
