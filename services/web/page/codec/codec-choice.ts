import { type CodecFormat, DEFAULT_CODECS } from '@partyline/client';
import { useCodecModules } from '@partyline/client/browser';
import { strings } from '../strings.ts';

/** Where the page's server puts the modules of Speex and G.722. */
export const CODEC_MODULES_URL = '/codecs/';

/** How it sounds, in words of the strings. */
type Band = keyof typeof strings.codec.bands;

interface CodecTraits {
  /** What a voice takes, kbit/s; a packet has whole bytes. */
  kilobits: number;
  band: Band;
}

/** What can be chosen, by what is heard, best first. Speex at its quality 8, Opus at the rate that the SDK aims at. */
export const CODECS = {
  'opus/48000': { kilobits: 40, band: 'full' },
  'speex/32000': { kilobits: 30, band: 'ultraWide' },
  'g722/16000': { kilobits: 64, band: 'wide' },
  'speex/16000': { kilobits: 28, band: 'wide' },
  'pcma/16000': { kilobits: 128, band: 'wide' },
  'pcmu/16000': { kilobits: 128, band: 'wide' },
  'l16/16000': { kilobits: 256, band: 'wide' },
  'pcma/8000': { kilobits: 64, band: 'telephone' },
  'pcmu/8000': { kilobits: 64, band: 'telephone' },
  'speex/8000': { kilobits: 15, band: 'telephone' },
} as const satisfies Partial<Record<CodecFormat, CodecTraits>>;

/** A codec that people choose; of others, such as L16 at 48 kHz, a frame fits into no message. */
export type ChosenCodec = keyof typeof CODECS;

export const codecNames = Object.keys(CODECS) as ChosenCodec[];

let available: readonly CodecFormat[] = DEFAULT_CODECS;

/** Asks the server, once, which modules it has: until then there is what needs none. Never rejects. */
export const askForCodecs = async (): Promise<void> => {
  available = await useCodecModules(CODEC_MODULES_URL);
};

/** What can be encoded here, as far as it is known by now. */
export const availableCodecs = (): ChosenCodec[] => codecNames.filter((name) => available.includes(name));

/** What was chosen, or the usual one where that cannot be encoded here. */
export const usableCodec = (chosen: CodecFormat): ChosenCodec =>
  availableCodecs().find((name) => name === chosen) ?? 'opus/48000';

/** A codec as people read it; what the page does not offer by its own name. */
export const codecLabel = (codec: CodecFormat): string =>
  codec in CODECS ? strings.codec.names[codec as ChosenCodec] : codec;
