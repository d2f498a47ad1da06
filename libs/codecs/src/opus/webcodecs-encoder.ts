import { type EncodedFrameHandler, VOICE_SAMPLE_RATE, type VoiceEncoder } from '../codec.ts';
import { CodecError } from '../errors.ts';
import { checkFrame } from '../option-checks.ts';
import { checkBitrate, type ResolvedEncoderOptions } from './encoder-options.ts';

function encoderConfig(options: ResolvedEncoderOptions, bitrate: number): AudioEncoderConfig {
  // `application` and `signal` are newer than the type declarations; a browser that lacks them ignores them.
  const opus = {
    format: 'opus' as const,
    frameDuration: options.frameMs * 1000,
    complexity: options.complexity,
    packetlossperc: options.expectedLossPercent,
    useinbandfec: options.fec,
    usedtx: false,
    application: 'voip',
    signal: 'voice',
  };
  return { codec: 'opus', sampleRate: VOICE_SAMPLE_RATE, numberOfChannels: 1, bitrate, opus };
}

/**
 * Whether this place has an `AudioEncoder` that takes these options. Never rejects. With DTX the answer is no:
 * Chromium leaves silent frames out and does not count them in the timestamps of the later ones, so the output
 * could no longer be told apart by time.
 */
export async function supportsWebCodecsEncoder(options: ResolvedEncoderOptions): Promise<boolean> {
  if (options.dtx || typeof AudioEncoder === 'undefined' || typeof AudioData === 'undefined') return false;
  try {
    return (await AudioEncoder.isConfigSupported(encoderConfig(options, options.bitrate))).supported === true;
  } catch {
    return false;
  }
}

/** Makes an encoder on the browser's own Opus; output comes asynchronously, in order. */
export function createWebCodecsEncoder(
  options: ResolvedEncoderOptions,
  onFrame: EncodedFrameHandler,
): VoiceEncoder {
  return new WebCodecsOpusEncoder(options, onFrame);
}

class WebCodecsOpusEncoder implements VoiceEncoder {
  readonly codec = 'opus';
  readonly sampleRate = VOICE_SAMPLE_RATE;
  readonly engine = 'webcodecs';
  readonly frameSamples: number;
  readonly #options: ResolvedEncoderOptions;
  readonly #onFrame: EncodedFrameHandler;
  readonly #frameUs: number;
  /** Frames given in and not yet seen, oldest first; the index makes the timestamp that the output repeats. */
  readonly #pending: { index: number; tag: number }[] = [];
  #encoder: AudioEncoder;
  #bitrate: number;
  #nextIndex = 0;
  #closed = false;

  constructor(options: ResolvedEncoderOptions, onFrame: EncodedFrameHandler) {
    this.#options = options;
    this.#onFrame = onFrame;
    this.frameSamples = options.frameSamples;
    this.#frameUs = options.frameMs * 1000;
    this.#bitrate = options.bitrate;
    this.#encoder = this.#open();
  }

  #open(): AudioEncoder {
    const encoder = new AudioEncoder({
      output: (chunk) => this.#output(chunk),
      error: (cause) => this.#restart(cause),
    });
    encoder.configure(encoderConfig(this.#options, this.#bitrate));
    return encoder;
  }

  encode(pcm: Float32Array, tag: number): void {
    checkFrame(pcm, this.frameSamples);
    if (this.#closed) return;
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate: VOICE_SAMPLE_RATE,
      numberOfFrames: pcm.length,
      numberOfChannels: 1,
      timestamp: this.#nextIndex * this.#frameUs,
      data: pcm as Float32Array<ArrayBuffer>,
    });
    this.#pending.push({ index: this.#nextIndex, tag });
    this.#nextIndex += 1;
    this.#encoder.encode(data);
    data.close();
  }

  setBitrate(bps: number): void {
    this.#bitrate = checkBitrate(bps);
    if (!this.#closed) this.#encoder.configure(encoderConfig(this.#options, this.#bitrate));
  }

  /** What is in work is left out: it belongs to the stream that ended. */
  async reset(): Promise<void> {
    if (this.#closed) return;
    this.#pending.length = 0;
    this.#encoder.reset();
    this.#encoder.configure(encoderConfig(this.#options, this.#bitrate));
  }

  #output(chunk: EncodedAudioChunk): void {
    if (this.#closed) return;
    const index = Math.round(chunk.timestamp / this.#frameUs);
    // A frame that the browser left out must not shift the tags of all later ones, so time decides, not count.
    while (this.#pending.length > 1 && this.#pending[0]!.index < index) this.#pending.shift();
    const entry = this.#pending.shift();
    if (entry === undefined) return;
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    this.#onFrame(payload, entry.tag);
  }

  /** The browser closes an encoder that failed or was reclaimed; a call must not go silent for that. */
  #restart(cause: unknown): void {
    if (this.#closed) return;
    this.#pending.length = 0;
    this.#options.onError?.(
      new CodecError('engine_failed', 'the browser stopped its Opus encoder', { cause }),
    );
    this.#encoder = this.#open();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.length = 0;
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }
}
