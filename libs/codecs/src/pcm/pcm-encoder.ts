import type { CodecName, EncodedFrameHandler, FrameMs, VoiceEncoder } from '../codec.ts';
import { checkFrame, frameLength } from '../option-checks.ts';
import { PCM_FRAMES_MS } from './pcm-options.ts';
import type { SampleCoding } from './sample-coding.ts';

/** Encodes each sample by itself; output comes within the call to `encode`. */
export class PcmEncoder implements VoiceEncoder {
  readonly codec: CodecName;
  readonly engine = 'js';
  readonly sampleRate: number;
  readonly frameSamples: number;
  readonly #coding: SampleCoding;
  readonly #onFrame: EncodedFrameHandler;
  #closed = false;

  /** @throws CodecError `invalid_option` */
  constructor(
    coding: SampleCoding,
    { sampleRate, frameMs }: { sampleRate: number; frameMs: FrameMs | undefined },
    onFrame: EncodedFrameHandler,
  ) {
    this.codec = coding.codec;
    this.#coding = coding;
    this.sampleRate = sampleRate;
    this.frameSamples = (sampleRate / 1000) * frameLength(frameMs, PCM_FRAMES_MS);
    this.#onFrame = onFrame;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#closed) return;
    const payload = new Uint8Array(pcm.length * this.#coding.bytesPerSample);
    this.#coding.pack(pcm, payload);
    this.#onFrame(payload, tag);
  }

  /** It has one rate. */
  setBitrate(): void {}

  /** It keeps nothing. */
  async reset(): Promise<void> {}

  close(): void {
    this.#closed = true;
  }
}
