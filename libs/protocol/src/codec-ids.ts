/**
 * Codecs by their number in a frame's header: name and rate as in an `rtpmap` of SDP (RFC 8866), in small letters. G.722
 * has its true rate here, which RFC 3551 gives as 8000. Numbers up to 127 are the protocol's own, those from 128 on an
 * application's.
 */
export const CODEC_FORMATS = {
  'l16/16000': 0,
  'opus/48000': 1,
  'pcmu/8000': 2,
  'pcma/8000': 3,
  'pcmu/16000': 4,
  'pcma/16000': 5,
  'g722/16000': 6,
  'g729/8000': 7,
  'speex/8000': 8,
  'speex/16000': 9,
  'speex/32000': 10,
  'l16/48000': 11,
} as const;

/** A codec and the rate of its PCM. */
export type CodecFormat = keyof typeof CODEC_FORMATS;

/** Codec ids on the wire. Payloads are opaque to an edge. */
export const CODEC_L16 = CODEC_FORMATS['l16/16000'];
/** Opus, RFC 6716. */
export const CODEC_OPUS = CODEC_FORMATS['opus/48000'];

/** Codec ids from this one on are an application's own; nobody else decodes them. */
export const FIRST_OWN_CODEC = 128;

/** What is taken for granted of a listener who does not say what it decodes (protocol rule 48). */
export const ASSUMED_CODECS: readonly number[] = [CODEC_OPUS];
/** Codecs that one listener may name. */
export const MAX_CODECS = 32;

const names = new Map<number, CodecFormat>(
  Object.entries(CODEC_FORMATS).map(([name, id]) => [id, name as CodecFormat]),
);

/** The name of a codec id; undefined for one of an application, or of a later version. */
export const codecFormat = (id: number): CodecFormat | undefined => names.get(id);

/** Whether this is the name of a codec of the protocol's own. */
export const isCodecFormat = (name: string): name is CodecFormat => Object.hasOwn(CODEC_FORMATS, name);
