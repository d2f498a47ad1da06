import { PeakLimiter } from './peak-limiter.ts';
import { PlayoutBuffer } from './playout-buffer.ts';
import type { FrameOptions, PlayoutOptions } from './playout-stats.ts';

/** Settings of a {@link Mixer}. */
export interface MixerOptions {
  /** Of all PCM, in Hz. Default 48000. */
  sampleRate?: number;
  /** Most streams held at once; frames of further ones are refused and counted. Default 64. */
  maxStreams?: number;
  /** For each stream's play-out buffer. */
  playout?: Omit<PlayoutOptions, 'sampleRate'>;
}

interface Stream {
  readonly buffer: PlayoutBuffer;
  /** Gain in use, on its way to `targetGain`. */
  gain: number;
  targetGain: number;
  /** Samples pulled since the last frame came. */
  quietSamples: number;
}

/** Time for a change of gain to take effect, so that it makes no click. */
const GAIN_RAMP_MS = 10;

/** Plays many speakers as one: a play-out buffer for each, summed, and limited below full scale. */
export class Mixer {
  /** Frames refused because `maxStreams` were held already. */
  refusedFrames = 0;
  readonly #options: MixerOptions;
  readonly #sampleRate: number;
  readonly #maxStreams: number;
  readonly #streams = new Map<number, Stream>();
  /** Gains set before, or between, the times a stream is heard. */
  readonly #gains = new Map<number, number>();
  readonly #limiter: PeakLimiter;
  #scratch = new Float32Array(0);

  constructor(options: MixerOptions = {}) {
    this.#options = options;
    this.#sampleRate = options.sampleRate ?? 48000;
    this.#maxStreams = options.maxStreams ?? 64;
    this.#limiter = new PeakLimiter(this.#sampleRate);
  }

  /** Ids of the streams held. */
  get streamIds(): number[] {
    return [...this.#streams.keys()];
  }

  /** The play-out buffer of a stream, for its statistics. */
  stream(id: number): PlayoutBuffer | undefined {
    return this.#streams.get(id)?.buffer;
  }

  /**
   * Takes a decoded frame of one speaker; see {@link PlayoutBuffer.push}.
   * @returns whether the frame will be played
   */
  push(
    id: number,
    pcm: Float32Array,
    sequence: number,
    captureTimeMs: number,
    arrivalMs: number,
    options?: FrameOptions,
  ): boolean {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#streams.size >= this.#maxStreams) {
        this.refusedFrames += 1;
        return false;
      }
      const buffer = new PlayoutBuffer({ ...this.#options.playout, sampleRate: this.#sampleRate });
      const gain = this.#gains.get(id) ?? 1;
      stream = { buffer, gain, targetGain: gain, quietSamples: 0 };
      this.#streams.set(id, stream);
    }
    stream.quietSamples = 0;
    return stream.buffer.push(pcm, sequence, captureTimeMs, arrivalMs, options);
  }

  /** Fills `out` with the next samples of everybody, within ±1. */
  pull(out: Float32Array): void {
    if (this.#scratch.length !== out.length) this.#scratch = new Float32Array(out.length);
    out.fill(0);
    for (const stream of this.#streams.values()) {
      stream.buffer.pull(this.#scratch);
      stream.quietSamples += out.length;
      this.#add(stream, out);
    }
    this.#limiter.process(out);
  }

  /** @param gain factor, 0 (not heard) to 4; it stays with the id until `remove` */
  setGain(id: number, gain: number): void {
    if (!(gain >= 0 && gain <= 4)) throw new RangeError(`gain is ${gain}; give a number from 0 to 4`);
    if (gain === 1) this.#gains.delete(id);
    else this.#gains.set(id, gain);
    const stream = this.#streams.get(id);
    if (stream !== undefined) stream.targetGain = gain;
  }

  /** Forgets a stream, its buffered sound and its gain. */
  remove(id: number): void {
    this.#streams.delete(id);
    this.#gains.delete(id);
  }

  /**
   * Lets go of streams that have nothing to play and got no frame for `maxIdleMs` of play-out. Their gain stays.
   * @returns their ids
   */
  prune(maxIdleMs = 10000): number[] {
    const pruned: number[] = [];
    for (const [id, { buffer, quietSamples }] of this.#streams) {
      if (!buffer.idle || quietSamples < (maxIdleMs * this.#sampleRate) / 1000) continue;
      this.#streams.delete(id);
      pruned.push(id);
    }
    return pruned;
  }

  #add(stream: Stream, out: Float32Array): void {
    const scratch = this.#scratch;
    const step = 1000 / (GAIN_RAMP_MS * this.#sampleRate);
    for (let i = 0; i < out.length; i += 1) {
      const change = stream.targetGain - stream.gain;
      if (change !== 0) stream.gain += Math.max(-step, Math.min(step, change));
      out[i] = out[i]! + scratch[i]! * stream.gain;
    }
  }
}
