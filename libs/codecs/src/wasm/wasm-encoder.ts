import type { CodecName, EncodedFrameHandler, VoiceEncoder } from '../codec.ts';
import { checkFrame } from '../option-checks.ts';
import type { CodecInstance } from './codec-instance.ts';

/** What an encoder says of itself. */
interface WasmEncoderFormat {
  readonly codec: CodecName;
  /** Hz. */
  readonly sampleRate: number;
  readonly frameSamples: number;
}

/** Encodes by a WebAssembly module; output comes within the call to `encode`, empty where nothing needs sending. */
export class WasmEncoder implements VoiceEncoder {
  readonly codec: CodecName;
  readonly engine = 'wasm';
  readonly sampleRate: number;
  readonly frameSamples: number;
  readonly #onFrame: EncodedFrameHandler;
  #instance: CodecInstance | undefined;

  constructor(instance: CodecInstance, format: WasmEncoderFormat, onFrame: EncodedFrameHandler) {
    this.codec = format.codec;
    this.sampleRate = format.sampleRate;
    this.frameSamples = format.frameSamples;
    this.#instance = instance;
    this.#onFrame = onFrame;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#instance !== undefined) this.#onFrame(this.#instance.encode(pcm), tag);
  }

  /** These codecs have one rate, or rates by quality. */
  setBitrate(): void {}

  async reset(): Promise<void> {
    this.#instance?.reset();
  }

  close(): void {
    this.#instance = undefined;
  }
}
