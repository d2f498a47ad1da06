import type { OpusDecoderHandle, OpusEncoderHandle } from 'libopus-wasm';
import {
  type DecodedPcmHandler,
  type EncodedFrameHandler,
  MAX_CONCEALED_FRAMES,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
  type VoiceEncoder,
} from '../codec.ts';
import { CodecError } from '../errors.ts';
import { keepWithinFullScale } from '../full-scale.ts';
import { checkFrame } from '../option-checks.ts';
import { checkBitrate, checkFrameSamples, type ResolvedEncoderOptions } from './encoder-options.ts';
import type { OpusDecoderOptions } from './opus-options.ts';

let library: Promise<typeof import('libopus-wasm')> | undefined;

/**
 * Loads libopus on first use only, so that a page with WebCodecs never fetches it; and only once, as a decoder opens while its
 * speaker is talking, and a loader that looks for the module again takes some milliseconds of that.
 */
const loadLibrary = (): Promise<typeof import('libopus-wasm')> => {
  library ??= import('libopus-wasm').catch((error: unknown) => {
    library = undefined;
    throw error;
  });
  return library;
};

/** Makes an encoder on libopus in WebAssembly; output comes within the call to `encode`. */
export async function createWasmEncoder(
  options: ResolvedEncoderOptions,
  onFrame: EncodedFrameHandler,
): Promise<VoiceEncoder> {
  return new WasmOpusEncoder(await openEncoder(options, options.bitrate), options, onFrame);
}

const openEncoder = async (options: ResolvedEncoderOptions, bitrate: number): Promise<OpusEncoderHandle> => {
  const { Application, createEncoder, Signal } = await loadLibrary();
  return createEncoder({
    application: Application.Voip,
    signal: Signal.Voice,
    sampleRate: VOICE_SAMPLE_RATE,
    channels: 1,
    frameSize: options.frameSamples,
    bitrate,
    complexity: options.complexity,
    dtx: options.dtx,
    fec: options.fec,
    packetLossPercent: options.expectedLossPercent,
  });
};

/** The fresh handle in place of the one before; none where that was given back meanwhile. */
const replaced = <Handle extends { free(): void }>(before: Handle | undefined, fresh: Handle) => {
  (before ?? fresh).free();
  return before === undefined ? undefined : fresh;
};

class WasmOpusEncoder implements VoiceEncoder {
  readonly codec = 'opus';
  readonly sampleRate = VOICE_SAMPLE_RATE;
  readonly engine = 'wasm';
  readonly frameSamples: number;
  readonly #options: ResolvedEncoderOptions;
  readonly #onFrame: EncodedFrameHandler;
  #bitrate: number;
  #handle: OpusEncoderHandle | undefined;

  constructor(handle: OpusEncoderHandle, options: ResolvedEncoderOptions, onFrame: EncodedFrameHandler) {
    this.#handle = handle;
    this.#options = options;
    this.#bitrate = options.bitrate;
    this.frameSamples = options.frameSamples;
    this.#onFrame = onFrame;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#handle === undefined) return;
    this.#onFrame(this.#handle.encodeFloat(pcm), tag);
  }

  setBitrate(bps: number): void {
    this.#bitrate = checkBitrate(bps);
    this.#handle?.setBitrate(this.#bitrate);
  }

  /** The library has no way to reset an encoder, so it becomes another one. */
  async reset(): Promise<void> {
    const fresh = await openEncoder(this.#options, this.#bitrate);
    this.#handle = replaced(this.#handle, fresh);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}

/** Makes a decoder on libopus in WebAssembly; output comes within the call to `decode`. */
export async function createWasmDecoder(
  options: Pick<OpusDecoderOptions, 'onError'>,
  onPcm: DecodedPcmHandler,
): Promise<WasmOpusDecoder> {
  return new WasmOpusDecoder(await openDecoder(), options.onError, onPcm);
}

const openDecoder = async (): Promise<OpusDecoderHandle> => {
  const { createDecoder } = await loadLibrary();
  return createDecoder({ sampleRate: VOICE_SAMPLE_RATE, channels: 1 });
};

/** Opus decoder with concealment and FEC. */
export class WasmOpusDecoder implements VoiceDecoder {
  readonly codec = 'opus';
  readonly sampleRate = VOICE_SAMPLE_RATE;
  readonly engine = 'wasm';
  readonly #onPcm: DecodedPcmHandler;
  readonly #onError: ((error: CodecError) => void) | undefined;
  #handle: OpusDecoderHandle | undefined;
  #corruptPackets = 0;

  constructor(
    handle: OpusDecoderHandle,
    onError: ((error: CodecError) => void) | undefined,
    onPcm: DecodedPcmHandler,
  ) {
    this.#handle = handle;
    this.#onError = onError;
    this.#onPcm = onPcm;
  }

  get corruptPackets(): number {
    return this.#corruptPackets;
  }

  /** Runs packets through the decoder without output, so that its state follows a stream it did not hear. */
  prime(payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) {
      try {
        this.#handle?.decodeFloat(payload);
      } catch {
        // The packet was already reported when it was decoded for output.
      }
    }
  }

  decode(payload: Uint8Array, tag: number): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    let pcm: Float32Array;
    try {
      pcm = handle.decodeFloat(payload);
    } catch (cause) {
      this.#corruptPackets += 1;
      this.#onError?.(
        new CodecError('corrupt_packet', `Opus packet of ${payload.length} bytes is not decodable`, {
          cause,
        }),
      );
      return;
    }
    this.#onPcm(keepWithinFullScale(pcm), tag, false);
  }

  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void {
    checkFrameSamples(frameSamples);
    const byExtension = Math.min(missing, MAX_CONCEALED_FRAMES) - 1;
    for (let i = 0; i < byExtension; i += 1) this.#conceal(undefined, tag - missing + i, frameSamples);
    if (missing > 0) this.#conceal(payload, tag - 1, frameSamples);
    this.decode(payload, tag);
  }

  #conceal(next: Uint8Array | undefined, tag: number, frameSamples: number): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    let pcm: Float32Array;
    try {
      // libopus itself falls back to concealment where the packet has no FEC data.
      pcm =
        next === undefined
          ? handle.decodePacketLossFloat(frameSamples)
          : handle.decodeFloat(next, { decodeFec: true, frameSize: frameSamples });
    } catch {
      // The next packet is corrupt; decoding it will report that. Its loss is still concealed.
      pcm = handle.decodePacketLossFloat(frameSamples);
    }
    this.#onPcm(keepWithinFullScale(pcm), tag, true);
  }

  /** The library has no way to reset a decoder, so it becomes another one. */
  async reset(): Promise<void> {
    const fresh = await openDecoder();
    this.#handle = replaced(this.#handle, fresh);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}
