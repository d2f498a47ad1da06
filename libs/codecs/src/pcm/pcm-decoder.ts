import {
  type CodecName,
  type DecodedPcmHandler,
  type DecoderOptions,
  MAX_CONCEALED_FRAMES,
  type VoiceDecoder,
} from '../codec.ts';
import { Concealment } from '../concealment.ts';
import { CodecError } from '../errors.ts';
import { integerWithin } from '../option-checks.ts';
import type { SampleCoding } from './sample-coding.ts';

/** Longest packet that is taken, in ms; a longer one is no voice. */
const MAX_PACKET_MS = 120;

/** Decodes each sample by itself, and conceals by pitch; output comes within the call. */
export class PcmDecoder implements VoiceDecoder {
  readonly codec: CodecName;
  readonly engine = 'js';
  readonly sampleRate: number;
  readonly #coding: SampleCoding;
  readonly #onError: DecoderOptions['onError'];
  readonly #onPcm: DecodedPcmHandler;
  readonly #concealment: Concealment;
  #corruptPackets = 0;
  #closed = false;

  constructor(
    coding: SampleCoding,
    { sampleRate, onError }: { sampleRate: number; onError: DecoderOptions['onError'] },
    onPcm: DecodedPcmHandler,
  ) {
    this.codec = coding.codec;
    this.#coding = coding;
    this.sampleRate = sampleRate;
    this.#onError = onError;
    this.#onPcm = onPcm;
    this.#concealment = new Concealment(sampleRate);
  }

  get corruptPackets(): number {
    return this.#corruptPackets;
  }

  decode(payload: Uint8Array, tag: number): void {
    if (this.#closed) return;
    const { bytesPerSample } = this.#coding;
    const samples = payload.length / bytesPerSample;
    if (samples === 0 || !Number.isInteger(samples) || samples > (MAX_PACKET_MS * this.sampleRate) / 1000) {
      this.#corruptPackets += 1;
      this.#onError?.(
        new CodecError('corrupt_packet', `${this.codec} packet of ${payload.length} bytes is not decodable`),
      );
      return;
    }
    const pcm = new Float32Array(samples);
    this.#coding.unpack(payload, pcm);
    this.#concealment.received(pcm);
    this.#onPcm(pcm, tag, false);
  }

  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void {
    integerWithin('frameSamples', frameSamples, 1, (MAX_PACKET_MS * this.sampleRate) / 1000);
    if (this.#closed) return;
    for (let i = 0; i < Math.min(missing, MAX_CONCEALED_FRAMES); i += 1) {
      this.#onPcm(this.#concealment.conceal(frameSamples), tag - missing + i, true);
    }
    this.decode(payload, tag);
  }

  async reset(): Promise<void> {
    this.#concealment.reset();
  }

  close(): void {
    this.#closed = true;
  }
}
