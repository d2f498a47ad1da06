import type { CodecName, DecoderOptionsByCodec, EncoderOptionsByCodec } from '@partyline/codecs';
import { OPUS_DELAY_MS } from '@partyline/codecs';
import { CODEC_FORMATS, type CodecFormat, codecFormat, isCodecFormat } from '@partyline/protocol';
import { PartylineError } from './errors.ts';

/** How a format of the wire is coded here. */
export interface VoiceFormat<Name extends CodecName = CodecName> {
  readonly name: CodecFormat;
  /** In a frame's header. */
  readonly id: number;
  readonly codec: Name;
  /** Of the codec's PCM, Hz. */
  readonly sampleRate: number;
  /** What comes out of a decoder was captured so much before what went into the encoder with it, ms. */
  readonly delayMs: number;
  readonly encoderOptions: EncoderOptionsByCodec[Name];
  readonly decoderOptions: DecoderOptionsByCodec[Name];
}

const format = <Name extends CodecName>(
  name: CodecFormat,
  codec: Name,
  delayMs: number,
  options: EncoderOptionsByCodec[Name] & DecoderOptionsByCodec[Name],
): VoiceFormat<Name> => ({
  name,
  id: CODEC_FORMATS[name],
  codec,
  sampleRate: Number(name.slice(name.indexOf('/') + 1)),
  delayMs,
  encoderOptions: options,
  decoderOptions: options,
});

/**
 * Delays: G.722's filters (ITU-T G.722, 1.4.1: 22 samples), G.729's look-ahead (G.729, 2.2: 5 ms), Speex's by its own
 * word (`SPEEX_GET_LOOKAHEAD` of encoder and decoder).
 */
const FORMATS: readonly VoiceFormat[] = [
  format('opus/48000', 'opus', OPUS_DELAY_MS, {}),
  format('g722/16000', 'g722', 1.375, {}),
  format('speex/32000', 'speex', 13.94, { mode: 'uwb' }),
  format('speex/16000', 'speex', 14.06, { mode: 'wb' }),
  format('pcma/16000', 'pcma', 0, { sampleRate: 16000 }),
  format('pcmu/16000', 'pcmu', 0, { sampleRate: 16000 }),
  format('l16/48000', 'l16', 0, { sampleRate: 48000 }),
  format('l16/16000', 'l16', 0, { sampleRate: 16000 }),
  format('speex/8000', 'speex', 10, { mode: 'nb' }),
  format('pcma/8000', 'pcma', 0, { sampleRate: 8000 }),
  format('pcmu/8000', 'pcmu', 0, { sampleRate: 8000 }),
  format('g729/8000', 'g729', 5, {}),
];

/** The format of a number in a frame's header; undefined for one that is not known here. */
export const voiceFormatOf = (id: number): VoiceFormat | undefined => FORMATS.find((one) => one.id === id);

/** The format of a name, which has to be one. */
export const voiceFormatNamed = (name: CodecFormat): VoiceFormat => FORMATS.find((one) => one.name === name)!;

/** What every place can decode: Opus, and what needs no library. */
export const DEFAULT_CODECS: readonly CodecFormat[] = [
  'opus/48000',
  'pcma/16000',
  'pcmu/16000',
  'l16/48000',
  'l16/16000',
  'pcma/8000',
  'pcmu/8000',
];

/** @throws PartylineError `invalid_option` for a name that is none */
export const checkFormats = (names: readonly string[]): void => {
  const unknown = names.find((name) => !isCodecFormat(name));
  if (unknown === undefined) return;
  const known = Object.keys(CODEC_FORMATS).join(', ');
  throw new PartylineError('invalid_option', `There is no codec ${unknown}; there are ${known}.`);
};

/** Names of those numbers that are known here. */
export const formatNames = (ids: readonly number[]): CodecFormat[] =>
  ids.map(codecFormat).filter((name) => name !== undefined);

/**
 * What a speaker sends who would like to send `wanted`: that if everybody can decode it, else the first of `others`
 * that everybody can. Undefined when there is none.
 */
export const agreedFormat = (
  wanted: CodecFormat,
  others: readonly CodecFormat[],
  common: readonly CodecFormat[],
): CodecFormat | undefined => [wanted, ...others].find((name) => common.includes(name));
