import type { OpusDecoderHandle, OpusEncoderHandle } from 'libopus-wasm';
import {
  type DecodedPcmHandler,
  type EncodedFrameHandler,
  MAX_CONCEALED_FRAMES,
  type OpusDecoderOptions,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
  type VoiceEncoder,
} from './codec.ts';
import { CodecError } from './errors.ts';
import { checkBitrate, checkFrame, checkFrameSamples, type ResolvedEncoderOptions } from './options.ts';

/** Loads libopus on first use only, so that a page with WebCodecs never fetches it. */
const loadLibrary = () => import('libopus-wasm');

/** Makes an encoder on libopus in WebAssembly; output comes within the call to `encode`. */
export async function createWasmEncoder(
  options: ResolvedEncoderOptions,
  onFrame: EncodedFrameHandler,
): Promise<VoiceEncoder> {
  const { Application, createEncoder, Signal } = await loadLibrary();
  const handle = await createEncoder({
    application: Application.Voip,
    signal: Signal.Voice,
    sampleRate: VOICE_SAMPLE_RATE,
    channels: 1,
    frameSize: options.frameSamples,
    bitrate: options.bitrate,
    complexity: options.complexity,
    dtx: options.dtx,
    fec: options.fec,
    packetLossPercent: options.expectedLossPercent,
  });
  return new WasmOpusEncoder(handle, options.frameSamples, onFrame);
}

class WasmOpusEncoder implements VoiceEncoder {
  readonly sampleRate = VOICE_SAMPLE_RATE;
  readonly engine = 'wasm';
  readonly frameSamples: number;
  readonly #onFrame: EncodedFrameHandler;
  #handle: OpusEncoderHandle | undefined;

  constructor(handle: OpusEncoderHandle, frameSamples: number, onFrame: EncodedFrameHandler) {
    this.#handle = handle;
    this.frameSamples = frameSamples;
    this.#onFrame = onFrame;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#handle === undefined) return;
    this.#onFrame(this.#handle.encodeFloat(pcm), tag);
  }

  setBitrate(bps: number): void {
    this.#handle?.setBitrate(checkBitrate(bps));
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
  const { createDecoder } = await loadLibrary();
  const handle = await createDecoder({ sampleRate: VOICE_SAMPLE_RATE, channels: 1 });
  return new WasmOpusDecoder(handle, options.onError, onPcm);
}

/** Opus decoder with concealment and FEC. */
export class WasmOpusDecoder implements VoiceDecoder {
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
    this.#onPcm(pcm, tag, false);
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
    this.#onPcm(pcm, tag, true);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}
