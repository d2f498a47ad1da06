import type { DecoderOptions, FrameMs } from './codec.ts';
import type { OpusDecoderOptions, OpusEncoderOptions } from './opus/opus-options.ts';
import type {
  G711DecoderOptions,
  G711EncoderOptions,
  L16DecoderOptions,
  L16EncoderOptions,
} from './pcm/pcm-options.ts';

/** How an encoder of G.722 is made: 16 kHz, 64 kbit/s. */
export interface G722EncoderOptions {
  /** Length of a frame in ms. Default 20. */
  frameMs?: FrameMs;
}

/** How an encoder of G.729 is made: 8 kHz, 8 kbit/s, annex A. */
export interface G729EncoderOptions {
  /** Length of a frame in ms: one to six of the codec's own 10 ms. Default 20. */
  frameMs?: FrameMs;
  /** Whether silence is sent as a description of its noise, or not at all (annex B). Default false. */
  dtx?: boolean;
}

/** How a decoder of G.729 is made. */
export interface G729DecoderOptions extends DecoderOptions {
  /** The encoder's, in ms, for silence that comes before any voice has shown it. Default 20. */
  frameMs?: FrameMs;
}

/** Narrow band (8 kHz), wide band (16 kHz), ultra-wide band (32 kHz). */
export type SpeexMode = 'nb' | 'wb' | 'uwb';

/** How an encoder of Speex is made. */
export interface SpeexEncoderOptions {
  /** Default `wb`. */
  mode?: SpeexMode;
  /** 0 to 10. Default 8. */
  quality?: number;
  /** Whether the bit rate follows what is said, at this quality. Default false. */
  vbr?: boolean;
  /** Whether silence is sent as (almost) nothing. Default false. */
  dtx?: boolean;
  /** CPU effort, 1 to 10. Default 3. */
  complexity?: number;
  /** Length of a frame in ms: one to three of the codec's own 20 ms. Default 20. */
  frameMs?: 20 | 40 | 60;
}

/** How a decoder of Speex is made. */
export interface SpeexDecoderOptions extends DecoderOptions {
  /** As the encoder's. Default `wb`. */
  mode?: SpeexMode;
}

/** What an encoder of each codec can be told. */
export interface EncoderOptionsByCodec {
  l16: L16EncoderOptions;
  pcma: G711EncoderOptions;
  pcmu: G711EncoderOptions;
  g722: G722EncoderOptions;
  g729: G729EncoderOptions;
  speex: SpeexEncoderOptions;
  opus: OpusEncoderOptions;
}

/** What a decoder of each codec can be told. */
export interface DecoderOptionsByCodec {
  l16: L16DecoderOptions;
  pcma: G711DecoderOptions;
  pcmu: G711DecoderOptions;
  g722: DecoderOptions;
  g729: G729DecoderOptions;
  speex: SpeexDecoderOptions;
  opus: OpusDecoderOptions;
}
