import {
  type CodecName,
  type DecodedPcmHandler,
  type DecoderOptions,
  MAX_CONCEALED_FRAMES,
  type VoiceDecoder,
  type VoiceEngine,
} from './codec.ts';
import { Concealment } from './concealment.ts';
import { CodecError } from './errors.ts';
import { integerWithin } from './option-checks.ts';

/** Longest packet that is taken, in ms; a longer one is no voice. */
export const MAX_PACKET_MS = 120;

/** Where in a loss something is made up. */
export interface Loss {
  /** Samples of the loss that were made up before. */
  readonly from: number;
  /** Samples that were lost in a row. */
  readonly lost: number;
  /** The packet behind the loss; unknown where it is too far away to say anything about it. */
  readonly behind: Uint8Array | undefined;
}

/** What is particular to a codec: packets into PCM, one stream. */
export interface PacketDecoding {
  /** @returns PCM, which belongs to the caller; nothing for a packet that is none. @throws CodecError `engine_failed` */
  decode(payload: Uint8Array): Float32Array | undefined;
  /** What the codec itself puts in place of that many lost samples; absent where it makes up none. @throws CodecError `engine_failed` */
  conceal?(samples: number, loss: Loss): Float32Array;
  /** Begins anew, as if nothing had been decoded. */
  reset(): void;
}

/** What a decoder says of itself. */
export interface PacketDecoderFormat {
  readonly codec: CodecName;
  readonly engine: Exclude<VoiceEngine, 'webcodecs'>;
  /** Hz. */
  readonly sampleRate: number;
  /** Of the codec's own frames; a packet holds whole ones. */
  readonly unitSamples: number;
  /** Who makes up what was lost: the codec itself, or {@link Concealment}. */
  readonly concealment: 'codec' | 'pitch';
}

/** Decodes what comes packet by packet; output comes within the call. */
export class PacketDecoder implements VoiceDecoder {
  readonly codec: CodecName;
  readonly engine: VoiceEngine;
  readonly sampleRate: number;
  readonly #unitSamples: number;
  readonly #onError: DecoderOptions['onError'];
  readonly #onPcm: DecodedPcmHandler;
  readonly #concealment: Concealment | undefined;
  #decoding: PacketDecoding | undefined;
  #corruptPackets = 0;

  constructor(
    decoding: PacketDecoding,
    format: PacketDecoderFormat,
    onError: DecoderOptions['onError'],
    onPcm: DecodedPcmHandler,
  ) {
    this.codec = format.codec;
    this.engine = format.engine;
    this.sampleRate = format.sampleRate;
    this.#unitSamples = format.unitSamples;
    this.#concealment = format.concealment === 'pitch' ? new Concealment(format.sampleRate) : undefined;
    this.#decoding = decoding;
    this.#onError = onError;
    this.#onPcm = onPcm;
  }

  get corruptPackets(): number {
    return this.#corruptPackets;
  }

  decode(payload: Uint8Array, tag: number): void {
    const decoding = this.#decoding;
    if (decoding === undefined) return;
    const pcm = this.#attempt(() => decoding.decode(payload));
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
    const lost = missing * frameSamples;
    const behind = missing <= MAX_CONCEALED_FRAMES ? payload : undefined;
    for (let i = 0; i < Math.min(missing, MAX_CONCEALED_FRAMES); i += 1) {
      const decoding = this.#decoding;
      if (decoding === undefined) return;
      const loss = { from: i * frameSamples, lost, behind };
      const pcm =
        this.#concealment?.conceal(frameSamples) ??
        this.#attempt(() => decoding.conceal?.(frameSamples, loss));
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
    this.#decoding?.reset();
    this.#concealment?.reset();
  }

  close(): void {
    this.#decoding = undefined;
  }
}
