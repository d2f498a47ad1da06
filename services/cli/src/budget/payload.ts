import { DEFAULT_OPUS_BITRATE, type FrameMs, type VoiceFormat } from '@partyline/codecs';
import { MAX_PAYLOAD_BYTES } from '@partyline/protocol';
import { CommandError, EXIT } from '../exit-codes.ts';

/** What the payload of a codec's frames depends on. */
export interface PayloadWishes {
  readonly frameMs: FrameMs;
  /** Opus, bit/s: what its encoder aims at, or what was measured. */
  readonly bitrate?: number | undefined;
  /** Speex, 0 to 10. */
  readonly quality?: number | undefined;
}

const DEFAULT_SPEEX_QUALITY = 8;

/**
 * Bits of a 20 ms frame of Speex by quality (Speex codec manual, chapters 9 and 10, quality versus bit rate): those of the
 * sub-mode that libspeex takes for it. A packet is filled up to whole bytes.
 */
const NARROW_BITS = [43, 79, 119, 160, 160, 220, 220, 300, 300, 364, 492];
const WIDE_BITS = [79, 115, 155, 196, 256, 336, 412, 476, 556, 684, 844];
/** The band from 8 to 16 kHz adds a description of 36 bits; at quality 0 only the 4 that say that it is empty. */
const ULTRA_WIDE_BITS = WIDE_BITS.map((bits, quality) => bits + (quality === 0 ? 4 : 36));
const SPEEX_BITS: Record<number, readonly number[]> = {
  8000: NARROW_BITS,
  16000: WIDE_BITS,
  32000: ULTRA_WIDE_BITS,
};
const SPEEX_UNIT_MS = 20;

/** Bit/s of the codecs that have one rate. */
const fixedRate = ({ codec, sampleRate }: VoiceFormat): number => {
  if (codec === 'l16') return sampleRate * 16;
  // G.711 has a byte for each sample, at 16 kHz as well; G.722 and G.729 are at 64 and 8 kbit/s.
  if (codec === 'pcma' || codec === 'pcmu') return sampleRate * 8;
  return codec === 'g722' ? 64_000 : 8_000;
};

/**
 * Bytes of a frame's payload: exact for codecs of constant rate, the mean of Opus, which follows what is said.
 * @throws CommandError for a frame that the codec has not, or that does not fit into a message
 */
export const payloadBytes = (format: VoiceFormat, { frameMs, bitrate, quality }: PayloadWishes): number => {
  const { name, codec, sampleRate } = format;
  if (codec === 'speex' && frameMs < SPEEX_UNIT_MS) {
    throw new CommandError(EXIT.usage, 'Speex has frames of 20, 40 and 60 ms; give one of these as --frame.');
  }
  const bytes = bytesOf();
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new CommandError(
      EXIT.usage,
      `${frameMs} ms of ${name} are ${Math.ceil(bytes)} bytes, and a frame holds ${MAX_PAYLOAD_BYTES}; give a shorter --frame${codec === 'opus' ? ' or a lower --bitrate' : ''}.`,
    );
  }
  return bytes;

  function bytesOf(): number {
    if (codec === 'opus') return ((bitrate ?? DEFAULT_OPUS_BITRATE) * frameMs) / 8_000;
    if (codec === 'speex') {
      const bits = SPEEX_BITS[sampleRate]![quality ?? DEFAULT_SPEEX_QUALITY]!;
      return Math.ceil((bits * frameMs) / SPEEX_UNIT_MS / 8);
    }
    return (fixedRate(format) * frameMs) / 8_000;
  }
};
