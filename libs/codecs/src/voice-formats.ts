import type { CodecName } from './codec.ts';
import type { DecoderOptionsByCodec, EncoderOptionsByCodec } from './codec-options.ts';
import { CodecError } from './errors.ts';
import { OPUS_DELAY_MS } from './opus/opus-options.ts';

/** A codec in one of its rates, named as in an `rtpmap` of SDP (RFC 8866), in small letters. */
export interface VoiceFormat<Name extends CodecName = CodecName> {
  readonly name: string;
  readonly codec: Name;
  /** Of the codec's PCM, Hz. */
  readonly sampleRate: number;
  /** What comes out of a decoder was captured so much before what went into the encoder with it, ms. */
  readonly delayMs: number;
  /** What makes an encoder or a decoder of this rate. */
  readonly options: EncoderOptionsByCodec[Name] & DecoderOptionsByCodec[Name];
}

const format = <Name extends CodecName>(
  name: string,
  codec: Name,
  delayMs: number,
  options: VoiceFormat<Name>['options'],
): VoiceFormat => {
  const sampleRate = Number(name.slice(name.indexOf('/') + 1));
  return { name, codec, sampleRate, delayMs, options } as VoiceFormat;
};

/**
 * Every codec in every rate that the service has a number for. Delays: G.722's filters (ITU-T G.722, 1.4.1: 22 samples),
 * G.729's look-ahead (G.729, 2.2: 5 ms), Speex's by its own word (`SPEEX_GET_LOOKAHEAD` of encoder and decoder).
 */
export const VOICE_FORMATS: readonly VoiceFormat[] = [
  format('opus/48000', 'opus', OPUS_DELAY_MS, {}),
  format('g722/16000', 'g722', 1.375, {}),
  format('speex/32000', 'speex', 15.81, { mode: 'uwb' }),
  format('speex/16000', 'speex', 13.88, { mode: 'wb' }),
  format('pcma/16000', 'pcma', 0, { sampleRate: 16000 }),
  format('pcmu/16000', 'pcmu', 0, { sampleRate: 16000 }),
  format('l16/48000', 'l16', 0, { sampleRate: 48000 }),
  format('l16/16000', 'l16', 0, { sampleRate: 16000 }),
  format('speex/8000', 'speex', 10, { mode: 'nb' }),
  format('pcma/8000', 'pcma', 0, { sampleRate: 8000 }),
  format('pcmu/8000', 'pcmu', 0, { sampleRate: 8000 }),
  format('g729/8000', 'g729', 5, {}),
];

const byName = new Map(VOICE_FORMATS.map((one) => [one.name, one]));

/** The format of a name. @throws CodecError `unknown_codec` */
export const voiceFormat = (name: string): VoiceFormat => {
  const found = byName.get(name);
  if (found !== undefined) return found;
  const known = [...byName.keys()].join(', ');
  throw new CodecError('unknown_codec', `there is no format ${name}; there are ${known}`);
};
