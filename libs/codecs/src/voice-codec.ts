import type {
  CodecName,
  DecodedPcmHandler,
  EncodedFrameHandler,
  VoiceDecoder,
  VoiceEncoder,
} from './codec.ts';
import type { DecoderOptionsByCodec, EncoderOptionsByCodec } from './codec-options.ts';

/** A codec, ready to be made encoders and decoders of. */
export interface VoiceCodec<Name extends CodecName = CodecName> {
  readonly codec: Name;
  /** @throws CodecError `invalid_option`, `engine_unavailable` */
  createEncoder(options: EncoderOptionsByCodec[Name], onFrame: EncodedFrameHandler): Promise<VoiceEncoder>;
  /** @throws CodecError `invalid_option`, `engine_unavailable` */
  createDecoder(options: DecoderOptionsByCodec[Name], onPcm: DecodedPcmHandler): Promise<VoiceDecoder>;
}
