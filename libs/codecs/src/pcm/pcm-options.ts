import type { DecoderOptions, FrameMs } from '../codec.ts';
import { oneOf } from '../option-checks.ts';

/** How an encoder of L16 is made. */
export interface L16EncoderOptions {
  /** Hz; 16,000 unless given. */
  sampleRate?: 8000 | 16000 | 48000;
  /** Length of a frame in ms. Default 20. */
  frameMs?: FrameMs;
}

/** How a decoder of L16 is made. */
export interface L16DecoderOptions extends DecoderOptions {
  /** Hz; 16,000 unless given. */
  sampleRate?: 8000 | 16000 | 48000;
}

/** How an encoder of G.711 is made. */
export interface G711EncoderOptions {
  /** Hz; 8,000 (64 kbit/s, the telephone's) unless given. */
  sampleRate?: 8000 | 16000;
  /** Length of a frame in ms. Default 20. */
  frameMs?: FrameMs;
}

/** How a decoder of G.711 is made. */
export interface G711DecoderOptions extends DecoderOptions {
  /** Hz; 8,000 unless given. */
  sampleRate?: 8000 | 16000;
}

/** Lengths of frames that codecs without frames of their own have, ms. */
export const PCM_FRAMES_MS: readonly FrameMs[] = [10, 20, 40, 60];

/** @throws CodecError `invalid_option` */
export const l16Rate = (sampleRate: number | undefined): number =>
  oneOf('sampleRate', sampleRate ?? 16000, [8000, 16000, 48000]);

/** @throws CodecError `invalid_option` */
export const g711Rate = (sampleRate: number | undefined): number =>
  oneOf('sampleRate', sampleRate ?? 8000, [8000, 16000]);
