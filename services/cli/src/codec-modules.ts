import { createDecoder, type VoiceFormat } from '@partyline/codecs';
import type { Output } from './console.ts';

/**
 * Makes a codec ready.
 * @throws CodecError `unknown_codec`, `engine_unavailable`
 */
export const prepareCodec = async ({ codec, options }: VoiceFormat, _output: Output): Promise<void> => {
  (await createDecoder(codec, options, () => {})).close();
};
