export {
  type CodecName,
  type DecodedPcmHandler,
  type DecoderOptions,
  type EncodedFrameHandler,
  type FrameMs,
  MAX_CONCEALED_FRAMES,
  VOICE_SAMPLE_RATE,
  type VoiceDecoder,
  type VoiceEncoder,
  type VoiceEngine,
} from './codec.ts';
export type {
  DecoderOptionsByCodec,
  EncoderOptionsByCodec,
  G722EncoderOptions,
  G729DecoderOptions,
  G729EncoderOptions,
  SpeexDecoderOptions,
  SpeexEncoderOptions,
  SpeexMode,
} from './codec-options.ts';
export { Concealment } from './concealment.ts';
export { createDecoder, createEncoder, knownCodecs, registerCodec } from './create.ts';
export { CodecError, type CodecErrorCode } from './errors.ts';
export {
  DEFAULT_OPUS_BITRATE,
  type EngineChoice,
  OPUS_DELAY_MS,
  type OpusDecoderOptions,
  type OpusEncoderOptions,
} from './opus/opus-options.ts';
export type {
  G711DecoderOptions,
  G711EncoderOptions,
  L16DecoderOptions,
  L16EncoderOptions,
} from './pcm/pcm-options.ts';
export type { VoiceCodec } from './voice-codec.ts';
export { VOICE_FORMATS, type VoiceFormat, voiceFormat } from './voice-formats.ts';
export { CODEC_MODULES } from './wasm/codec-files.ts';
export {
  codecModulesAt,
  setCodecModules,
} from './wasm/codec-modules.ts';
export { defaultModules as builtCodecModules } from './wasm/default-modules.ts';
export type { CodecModuleFile, CodecModuleSource } from './wasm/module-source.ts';
