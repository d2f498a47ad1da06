import { createDecoder, VOICE_FORMATS, type VoiceFormat, voiceFormat } from '@partyline/codecs';
import { CODEC_FORMATS, type CodecFormat, codecFormat, isCodecFormat } from '@partyline/protocol';
import { PartylineError } from './errors.ts';

/** The format of a number in a frame's header; undefined for one that is not known here. */
export const voiceFormatOf = (id: number): VoiceFormat | undefined => {
  const name = codecFormat(id);
  return name === undefined ? undefined : voiceFormat(name);
};

/** The number of a format in a frame's header. */
export const idOf = ({ name }: VoiceFormat): number => CODEC_FORMATS[name as CodecFormat];

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

/**
 * What can be decoded here, with all that is installed: more than {@link DEFAULT_CODECS} where the modules of Speex and
 * G.722 are there, or a codec of another package was registered. Each decoder is made once to see.
 *
 * @example
 * const room = await joinRoom({ url, room: 'lobby', token, codecs: await decodableCodecs() });
 */
export const decodableCodecs = async (): Promise<CodecFormat[]> => {
  const possible = await Promise.all(
    VOICE_FORMATS.map(({ codec, options }) =>
      createDecoder(codec, options, () => {}).then(
        (decoder) => {
          decoder.close();
          return true;
        },
        () => false,
      ),
    ),
  );
  return VOICE_FORMATS.filter((_, index) => possible[index]).map(({ name }) => name as CodecFormat);
};
