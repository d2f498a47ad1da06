import type {
  CodecName,
  DecodedPcmHandler,
  EncodedFrameHandler,
  VoiceDecoder,
  VoiceEncoder,
} from './codec.ts';
import type { DecoderOptionsByCodec, EncoderOptionsByCodec } from './codec-options.ts';
import { CodecError } from './errors.ts';
import { g722Codec } from './g722/g722.ts';
import { createOpusDecoder, createOpusEncoder } from './opus/opus.ts';
import { g711Codec, l16Codec } from './pcm/pcm-codecs.ts';
import { speexCodec } from './speex/speex.ts';
import type { VoiceCodec } from './voice-codec.ts';

type Codecs = { [Name in CodecName]?: VoiceCodec<Name> };

const codecs: Codecs = {
  opus: { codec: 'opus', createEncoder: createOpusEncoder, createDecoder: createOpusDecoder },
  l16: l16Codec,
  pcma: g711Codec('pcma'),
  pcmu: g711Codec('pcmu'),
  g722: g722Codec,
  speex: speexCodec,
};

/** What to do about a codec that nobody has registered. */
const MISSING: Partial<Record<CodecName, string>> = {
  g729: 'it is a package of its own, for its licence is the GPL: give what @partyline/codecs-g729 exports to registerCodec',
};

/** Makes a codec of another package one of those that {@link createEncoder} and {@link createDecoder} know. */
export const registerCodec = <Name extends CodecName>(codec: VoiceCodec<Name>): void => {
  (codecs as Record<CodecName, unknown>)[codec.codec] = codec;
};

/** Codecs that can be made here, in no order. */
export const knownCodecs = (): CodecName[] => Object.keys(codecs) as CodecName[];

const codecOf = <Name extends CodecName>(name: Name): VoiceCodec<Name> => {
  const codec = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
  if (codec !== undefined) return codec;
  const how = MISSING[name] ?? `there are ${knownCodecs().join(', ')}`;
  throw new CodecError('unknown_codec', `there is no codec ${name} here; ${how}`);
};

/**
 * Makes an encoder of a codec.
 * @throws CodecError `unknown_codec`, `invalid_option`, `engine_unavailable`
 * @example
 * const encoder = await createEncoder('pcmu', { sampleRate: 8000 }, (payload, tag) => send(payload));
 * encoder.encode(pcm, 0);
 */
export const createEncoder = async <Name extends CodecName>(
  codec: Name,
  options: EncoderOptionsByCodec[Name],
  onFrame: EncodedFrameHandler,
): Promise<VoiceEncoder> => codecOf(codec).createEncoder(options, onFrame);

/**
 * Makes a decoder of a codec.
 * @throws CodecError `unknown_codec`, `invalid_option`, `engine_unavailable`
 */
export const createDecoder = async <Name extends CodecName>(
  codec: Name,
  options: DecoderOptionsByCodec[Name],
  onPcm: DecodedPcmHandler,
): Promise<VoiceDecoder> => codecOf(codec).createDecoder(options, onPcm);
