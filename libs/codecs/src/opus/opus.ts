import type { DecodedPcmHandler, EncodedFrameHandler, VoiceDecoder, VoiceEncoder } from '../codec.ts';
import { CodecError } from '../errors.ts';
import { resolveEncoderOptions } from './encoder-options.ts';
import type { OpusDecoderOptions, OpusEncoderOptions } from './opus-options.ts';
import { createWasmDecoder, createWasmEncoder } from './opus-wasm.ts';
import { createWebCodecsDecoder, supportsWebCodecsDecoder } from './webcodecs-decoder.ts';
import { createWebCodecsEncoder, supportsWebCodecsEncoder } from './webcodecs-encoder.ts';

const NO_WEBCODECS = "this place has no WebCodecs with Opus; use engine 'auto' or 'wasm'";
const NO_WEBCODECS_DTX = "DTX is not available through WebCodecs; use engine 'auto' or 'wasm'";

/**
 * Makes an Opus encoder for mono voice at 48 kHz.
 * @throws CodecError `invalid_option`, or `engine_unavailable` when WebCodecs was asked for by name and is absent
 */
export async function createOpusEncoder(
  options: OpusEncoderOptions,
  onFrame: EncodedFrameHandler,
): Promise<VoiceEncoder> {
  const resolved = resolveEncoderOptions(options);
  const engine = options.engine ?? 'auto';
  if (engine !== 'wasm') {
    if (await supportsWebCodecsEncoder(resolved)) return createWebCodecsEncoder(resolved, onFrame);
    if (engine === 'webcodecs') {
      throw new CodecError('engine_unavailable', resolved.dtx ? NO_WEBCODECS_DTX : NO_WEBCODECS);
    }
  }
  return await createWasmEncoder(resolved, onFrame);
}

/**
 * Makes an Opus decoder that gives mono PCM at 48 kHz (stereo packets are mixed down).
 * @throws CodecError `engine_unavailable` when WebCodecs was asked for by name and is absent
 */
export async function createOpusDecoder(
  options: OpusDecoderOptions,
  onPcm: DecodedPcmHandler,
): Promise<VoiceDecoder> {
  const engine = options.engine ?? 'auto';
  if (engine !== 'wasm') {
    if (await supportsWebCodecsDecoder()) return createWebCodecsDecoder(options, onPcm);
    if (engine === 'webcodecs') throw new CodecError('engine_unavailable', NO_WEBCODECS);
  }
  return await createWasmDecoder(options, onPcm);
}
