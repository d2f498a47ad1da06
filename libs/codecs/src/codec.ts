import type { CodecError } from './errors.ts';

/** Rate, in Hz, of Opus's PCM here, and of all PCM in a client's play-out and capture. */
export const VOICE_SAMPLE_RATE = 48000;

/**
 * `l16`: PCM, 16 bit, network byte order (RFC 3551, 4.5.11). `pcma`, `pcmu`: G.711 A-law and µ-law. `g722`: G.722 at
 * 64 kbit/s. `g729`: G.729 annex A with annex B. `speex`: RFC 5574. `opus`: RFC 6716.
 */
export type CodecName = 'l16' | 'pcma' | 'pcmu' | 'g722' | 'g729' | 'speex' | 'opus';

/** Who does the work: plain code or a WebAssembly library on the calling thread, or the browser. */
export type VoiceEngine = 'js' | 'wasm' | 'webcodecs';

/** Length of a frame in ms; not every codec has all of them. */
export type FrameMs = 10 | 20 | 40 | 60;

/**
 * Receives encoded frames in the order they were given in. `payload` belongs to the receiver; its buffer may hold others, too, so copy
 * it before transferring it to another thread.
 * With DTX an Opus payload of one or two bytes says that nothing needs sending; other codecs then give none at all, or
 * an empty one.
 */
export type EncodedFrameHandler = (payload: Uint8Array, tag: number) => void;

/**
 * Receives decoded mono PCM, −1 to 1 at the decoder's `sampleRate`, in the order packets were given in. `pcm` belongs
 * to the receiver; `concealed` is true for audio made up, or rebuilt from FEC, in place of a lost frame.
 */
export type DecodedPcmHandler = (pcm: Float32Array, tag: number, concealed: boolean) => void;

/** Turns frames of mono PCM into packets. */
export interface VoiceEncoder {
  readonly codec: CodecName;
  /** Of the PCM that `encode` takes, Hz. */
  readonly sampleRate: number;
  /** Samples of each frame that `encode` takes. */
  readonly frameSamples: number;
  readonly engine: VoiceEngine;
  /**
   * Encodes exactly `frameSamples` samples from −1 to 1; a 16-bit sample s is s / 32768 here, and is encoded as it is. The
   * packet comes by the frame handler, together with `tag`. Ignored after `close`.
   * @throws CodecError `wrong_frame_size`
   */
  encode(pcm: Float32Array, tag: number): void;
  /**
   * Target in bit/s from the next frame on. A codec of one rate, or of rates by quality, stays as it is.
   * @throws CodecError `invalid_option`
   */
  setBitrate(bps: number): void;
  /** Forgets all that was encoded: the first frame after it has resolved begins a stream. Never rejects. */
  reset(): Promise<void>;
  /** Gives the engine back. No output comes afterwards. Idempotent. */
  close(): void;
}

/** Turns packets into mono PCM. One decoder for one stream: it keeps state from packet to packet. */
export interface VoiceDecoder {
  readonly codec: CodecName;
  /** Of the PCM that comes out, Hz. */
  readonly sampleRate: number;
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
   * @param frameSamples of each lost frame, at the decoder's rate
   * @throws CodecError `invalid_option` for a length that the codec does not have
   */
  decodeAfterLoss(missing: number, payload: Uint8Array, tag: number, frameSamples: number): void;
  /** Forgets all that was decoded: the first packet after it has resolved begins a stream. Never rejects. */
  reset(): Promise<void>;
  /** Gives the engine back. No output comes afterwards. Idempotent. */
  close(): void;
}

/** Most frames concealed for one gap; beyond it concealment is silence and costs time only. */
export const MAX_CONCEALED_FRAMES = 10;

/** What every decoder can be told. */
export interface DecoderOptions {
  /** Told of every packet that could not be decoded (`corrupt_packet`) and of a failing engine. */
  onError?: (error: CodecError) => void;
}
