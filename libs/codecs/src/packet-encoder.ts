import type { CodecName, EncodedFrameHandler, VoiceEncoder, VoiceEngine } from './codec.ts';
import { checkFrame } from './option-checks.ts';

/** What is particular to a codec: PCM into packets, one stream. */
export interface PacketEncoding {
  /** @returns the packet, which belongs to the caller; empty if nothing needs sending. @throws CodecError `engine_failed` */
  encode(pcm: Float32Array): Uint8Array;
  /** Begins anew, as if nothing had been encoded. */
  reset(): void;
}

/** What an encoder says of itself. */
interface PacketEncoderFormat {
  readonly codec: CodecName;
  readonly engine: Exclude<VoiceEngine, 'webcodecs'>;
  /** Hz. */
  readonly sampleRate: number;
  readonly frameSamples: number;
}

/** Encodes frame by frame; output comes within the call to `encode`, empty where nothing needs sending. */
export class PacketEncoder implements VoiceEncoder {
  readonly codec: CodecName;
  readonly engine: VoiceEngine;
  readonly sampleRate: number;
  readonly frameSamples: number;
  readonly #onFrame: EncodedFrameHandler;
  #encoding: PacketEncoding | undefined;

  constructor(encoding: PacketEncoding, format: PacketEncoderFormat, onFrame: EncodedFrameHandler) {
    this.codec = format.codec;
    this.engine = format.engine;
    this.sampleRate = format.sampleRate;
    this.frameSamples = format.frameSamples;
    this.#encoding = encoding;
    this.#onFrame = onFrame;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#encoding !== undefined) this.#onFrame(this.#encoding.encode(pcm), tag);
  }

  /** These codecs have one rate, or rates by quality. */
  setBitrate(): void {}

  async reset(): Promise<void> {
    this.#encoding?.reset();
  }

  close(): void {
    this.#encoding = undefined;
  }
}
