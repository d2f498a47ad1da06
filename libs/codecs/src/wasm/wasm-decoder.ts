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
import type { CodecInstance } from './codec-instance.ts';

/** Longest packet there is, in ms. */
const MAX_PACKET_MS = 120;

/** What a decoder says of itself. */
interface WasmDecoderFormat {
  readonly codec: CodecName;
  /** Hz. */
  readonly sampleRate: number;
  /** Of the codec's own frames; a packet holds whole ones. */
  readonly unitSamples: number;
  /** Who makes up what was lost: the codec itself, or {@link Concealment}. */
  readonly concealment: 'codec' | 'pitch';
}

/** Decodes by a WebAssembly module; output comes within the call. */
export class WasmDecoder implements VoiceDecoder {
  readonly codec: CodecName;
  readonly engine = 'wasm';
  readonly sampleRate: number;
  readonly #unitSamples: number;
  readonly #onError: DecoderOptions['onError'];
  readonly #onPcm: DecodedPcmHandler;
  readonly #concealment: Concealment | undefined;
  #instance: CodecInstance | undefined;
  #corruptPackets = 0;

  constructor(
    instance: CodecInstance,
    format: WasmDecoderFormat,
    onError: DecoderOptions['onError'],
    onPcm: DecodedPcmHandler,
  ) {
    this.codec = format.codec;
    this.sampleRate = format.sampleRate;
    this.#unitSamples = format.unitSamples;
    this.#concealment = format.concealment === 'pitch' ? new Concealment(format.sampleRate) : undefined;
    this.#instance = instance;
    this.#onError = onError;
    this.#onPcm = onPcm;
  }

  get corruptPackets(): number {
    return this.#corruptPackets;
  }

  decode(payload: Uint8Array, tag: number): void {
    const instance = this.#instance;
    if (instance === undefined) return;
    const pcm = this.#attempt(() => instance.decode(payload));
    if (pcm === undefined) {
      this.#corruptPackets += 1;
      this.#onError?.(
        new CodecError('corrupt_packet', `${this.codec} packet of ${payload.length} bytes is not decodable`),
      );
      return;
    }
    this.#concealment?.received(pcm);
    this.#onPcm(pcm, tag, false);
  }

  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void {
    const maxSamples = (MAX_PACKET_MS * this.sampleRate) / 1000;
    integerWithin('frameSamples', frameSamples, 1, maxSamples);
    if (frameSamples % this.#unitSamples !== 0) {
      throw new CodecError(
        'invalid_option',
        `frameSamples is ${frameSamples}; give a multiple of ${this.#unitSamples} up to ${maxSamples}`,
      );
    }
    for (let i = 0; i < Math.min(missing, MAX_CONCEALED_FRAMES); i += 1) {
      const instance = this.#instance;
      if (instance === undefined) return;
      const pcm =
        this.#concealment?.conceal(frameSamples) ?? this.#attempt(() => instance.conceal(frameSamples));
      this.#onPcm(pcm ?? new Float32Array(frameSamples), tag - missing + i, true);
    }
    this.decode(payload, tag);
  }

  /** @returns nothing when the codec stopped, which it does not do for a packet as far as is known */
  #attempt(work: () => Float32Array | undefined): Float32Array | undefined {
    try {
      return work();
    } catch (error) {
      this.#onError?.(error as CodecError);
      return undefined;
    }
  }

  async reset(): Promise<void> {
    this.#instance?.reset();
    this.#concealment?.reset();
  }

  close(): void {
    this.#instance = undefined;
  }
}
