import type { DecoderOptions, FrameMs, VoiceEngine } from '../codec.ts';
import type { CodecError } from '../errors.ts';

/**
 * What comes out of an Opus decoder was captured this much before the frame's own capture time, in ms: the encoder
 * looks ahead by 312 samples at 48 kHz (RFC 7845, 4.2; measured here with libopus: 305).
 */
export const OPUS_DELAY_MS = 6.5;

/** Which engine is wanted; `auto` takes the browser's where it can, else WebAssembly. */
export type EngineChoice = 'auto' | Exclude<VoiceEngine, 'js'>;

/** With FEC it sounds like 32,000 bit/s without. */
export const DEFAULT_OPUS_BITRATE = 40_000;

/** How an Opus encoder is made; every field has a default that suits voice. */
export interface OpusEncoderOptions {
  /** Target in bit/s, 6000 to 510000. Default {@link DEFAULT_OPUS_BITRATE}. */
  bitrate?: number;
  /** Length of a frame in ms. Default 20. */
  frameMs?: FrameMs;
  /** Whether packets carry a coarse copy of the frame before (in-band FEC). Default true. */
  fec?: boolean;
  /**
   * Loss the encoder should reckon with, 0 to 100. At 32 kbit/s libopus writes no FEC for less than 6. Default 10.
   */
  expectedLossPercent?: number;
  /** Whether silence is sent as (almost) nothing; the WebAssembly engine only. Default false. */
  dtx?: boolean;
  /** CPU effort, 0 to 10. Default 7: from there on libopus looks at the sound itself before it takes it for silence (DTX). */
  complexity?: number;
  engine?: EngineChoice;
  /** Told of an engine that fails while running. */
  onError?: (error: CodecError) => void;
}

/** How an Opus decoder is made. */
export interface OpusDecoderOptions extends DecoderOptions {
  engine?: EngineChoice;
}
