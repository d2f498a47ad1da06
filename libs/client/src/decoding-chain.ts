import { type Resampler, voiceResampler } from '@partyline/audio';
import {
  createDecoder,
  type DecodedPcmHandler,
  type EngineChoice,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
  type VoiceFormat,
} from '@partyline/codecs';

/** Settings of {@link openDecodingChain}. */
export interface DecodingChainOptions {
  engine: EngineChoice;
  /** Told of packets that could not be decoded. */
  onError: (cause: unknown) => void;
}

/** A decoder of one stream, and what brings its PCM to 48 kHz. */
export interface DecodingChain {
  readonly format: VoiceFormat;
  /** What comes out was captured so much before its frame's own capture time, ms. */
  readonly delayMs: number;
  decode(payload: Uint8Array, tag: number): void;
  /** @param frameMs of each lost frame */
  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameMs: number): void;
  close(): void;
}

/**
 * Opens a decoder whose PCM comes at 48 kHz, each packet's as long as the packet.
 * @throws CodecError as `createDecoder`
 */
export const openDecodingChain = async (
  format: VoiceFormat,
  { engine, onError }: DecodingChainOptions,
  onPcm: DecodedPcmHandler,
): Promise<DecodingChain> => {
  const resampler = upwards(format.sampleRate);
  const take: DecodedPcmHandler =
    resampler === undefined ? onPcm : (pcm, tag, concealed) => onPcm(resampler.process(pcm), tag, concealed);
  const options = { ...format.options, onError, ...(format.codec === 'opus' ? { engine } : {}) };
  const decoder: VoiceDecoder = await createDecoder(format.codec, options, take);
  return {
    format,
    delayMs: format.delayMs + (resampler?.delayMs ?? 0),
    decode: (payload, tag) => decoder.decode(payload, tag),
    decodeAfterLoss: (missing, payload, tag, frameMs) =>
      decoder.decodeAfterLoss(missing, payload, tag, Math.round((frameMs * decoder.sampleRate) / 1000)),
    close: () => decoder.close(),
  };
};

/** A resampler that gives as much as it takes from the first sample on; undefined where none is needed. */
const upwards = (fromHz: number): Resampler | undefined => {
  if (fromHz === VOICE_SAMPLE_RATE) return undefined;
  const resampler = voiceResampler(fromHz, VOICE_SAMPLE_RATE);
  resampler.process(new Float32Array(Math.round((resampler.delayMs * fromHz) / 1000)));
  return resampler;
};
