import type { CodecError } from './errors.ts';

/** Rate, in Hz, of all PCM that goes into or comes out of a voice codec here. */
export const VOICE_SAMPLE_RATE = 48000;

/**
 * What comes out of an Opus decoder was captured this much before the frame's own capture time, in ms: the encoder
 * looks ahead by 312 samples at 48 kHz (RFC 7845, 4.2; measured here with libopus: 305).
 */
export const OPUS_DELAY_MS = 6.5;

/** Who does the work: a WebAssembly library on the calling thread, or the browser. */
export type VoiceEngine = 'wasm' | 'webcodecs';

/** Which engine is wanted; `auto` takes the browser's where it can, else WebAssembly. */
export type EngineChoice = 'auto' | VoiceEngine;

/**
 * Receives encoded frames in the order they were given in. `payload` belongs to the receiver.
 * With DTX a payload of one or two bytes says that nothing needs sending.
 */
export type EncodedFrameHandler = (payload: Uint8Array, tag: number) => void;

/**
 * Receives decoded mono PCM at 48 kHz in the order packets were given in. `pcm` belongs to the receiver;
 * `concealed` is true for audio made up, or rebuilt from FEC, in place of a lost frame.
 */
export type DecodedPcmHandler = (pcm: Float32Array, tag: number, concealed: boolean) => void;

/** Turns frames of mono PCM into packets. */
export interface VoiceEncoder {
  readonly sampleRate: 48000;
  /** Samples of each frame that `encode` takes. */
  readonly frameSamples: number;
  readonly engine: VoiceEngine;
  /**
   * Encodes exactly `frameSamples` samples; the packet comes by the frame handler, together with `tag`.
   * Ignored after `close`.
   * @throws CodecError `wrong_frame_size`
   */
  encode(pcm: Float32Array, tag: number): void;
  /** Target in bit/s, 6000 to 510000, from the next frame on. @throws CodecError `invalid_option` */
  setBitrate(bps: number): void;
  /** Gives the engine back. No output comes afterwards. Idempotent. */
  close(): void;
}

/** Turns packets into mono PCM. One decoder for one stream: it keeps state from packet to packet. */
export interface VoiceDecoder {
  /** Engine in use now; a WebCodecs decoder moves to WebAssembly at the first loss and stays there. */
  readonly engine: VoiceEngine;
  /** Packets that could not be decoded so far; each was also reported to `onError`. */
  readonly corruptPackets: number;
  /** Decodes one packet. Never throws for what a packet holds. Ignored after `close`. */
  decode(payload: Uint8Array, tag: number): void;
  /**
   * Frames were lost before `payload`: conceals `missing` frames (the last by FEC from `payload` where it has
   * any), then decodes `payload`. The concealed frames carry the tags `tag - missing` to `tag - 1`, so tags
   * have to count frames. After {@link MAX_CONCEALED_FRAMES} the concealment has faded to silence: of a longer
   * gap only the first frames, and the last by FEC, are given out.
   */
  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void;
  /** Gives the engine back. No output comes afterwards. Idempotent. */
  close(): void;
}

/** Most frames concealed for one gap; beyond it concealment is silence and costs time only. */
export const MAX_CONCEALED_FRAMES = 10;

/** With FEC it sounds like 32,000 bit/s without. */
export const DEFAULT_OPUS_BITRATE = 40_000;

/** How an Opus encoder is made; every field has a default that suits voice. */
export interface OpusEncoderOptions {
  /** Target in bit/s, 6000 to 510000. Default {@link DEFAULT_OPUS_BITRATE}. */
  bitrate?: number;
  /** Length of a frame in ms. Default 20. */
  frameMs?: 10 | 20 | 40 | 60;
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
export interface OpusDecoderOptions {
  engine?: EngineChoice;
  /** Told of every packet that could not be decoded (`corrupt_packet`) and of a failing engine. */
  onError?: (error: CodecError) => void;
}
