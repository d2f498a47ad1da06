import type { CodecName, SpeexMode } from '@partyline/codecs';
import { type CodecFormat, isCodecFormat } from '@partyline/protocol';
import { InvalidArgumentError } from 'commander';
import { CommandError, EXIT } from './exit-codes.ts';

/** What `--codec` takes. */
const CODEC_NAMES: readonly CodecName[] = ['opus', 'pcma', 'pcmu', 'l16', 'g722', 'g729', 'speex'];
export const SPEEX_MODES: readonly SpeexMode[] = ['nb', 'wb', 'uwb'];

const DEFAULT_RATES: Record<CodecName, number> = {
  opus: 48_000,
  pcma: 8_000,
  pcmu: 8_000,
  l16: 16_000,
  g722: 16_000,
  g729: 8_000,
  speex: 16_000,
};
const SPEEX_RATES: Record<SpeexMode, number> = { nb: 8_000, wb: 16_000, uwb: 32_000 };

/** A codec as it is named on a command line: `speex`, or with its rate as in SDP, `pcma/16000`. */
export const codecName = (text: string): CodecFormat => {
  const name = text.toLowerCase();
  const [codec = ''] = name.split('/');
  const known = CODEC_NAMES.find((one) => one === codec);
  const format = known === undefined || name !== codec ? name : `${known}/${DEFAULT_RATES[known]}`;
  if (isCodecFormat(format)) return format;
  throw new InvalidArgumentError(
    `There is no codec "${text}". Give one of ${CODEC_NAMES.join(', ')}, or with its rate, such as pcma/16000.`,
  );
};

/** `--codec` and `--mode` together. @throws CommandError for a mode that the codec has not */
export const chosenCodec = (codec: CodecFormat, mode: SpeexMode | undefined): CodecFormat => {
  if (mode === undefined) return codec;
  if (!codec.startsWith('speex/')) {
    throw new CommandError(EXIT.usage, `--mode is of Speex; ${codec} has none.`);
  }
  return `speex/${SPEEX_RATES[mode]}` as CodecFormat;
};

/** An option that only some codecs have, given to another. @param whose the codecs that have it @throws CommandError */
export const refuseUnlessOf = (option: string, value: unknown, has: boolean, whose: string): void => {
  if (value !== undefined && !has) throw new CommandError(EXIT.usage, `${option} is of ${whose}.`);
};
