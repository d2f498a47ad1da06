export {
  DEFAULT_OPUS_BITRATE,
  type DecodedPcmHandler,
  type EncodedFrameHandler,
  type EngineChoice,
  MAX_CONCEALED_FRAMES,
  OPUS_DELAY_MS,
  type OpusDecoderOptions,
  type OpusEncoderOptions,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
  type VoiceEncoder,
  type VoiceEngine,
} from './codec.ts';
export { CodecError, type CodecErrorCode } from './errors.ts';
export { createOpusDecoder, createOpusEncoder } from './opus.ts';
