import { closeSync, openSync, writeSync } from 'node:fs';
import { AudioFileError } from './errors.ts';

const HEADER_BYTES = 44;
/** The header is brought up to date after this many seconds of sound, so that a killed process leaves a file. */
const HEADER_EVERY_S = 1;
/** Sizes in the header have 32 bit. */
const MAX_DATA_BYTES = 0xffffffff - HEADER_BYTES;

/** How a {@link WavWriter} writes. */
export interface WavWriterOptions {
  /** In Hz. Default 48000. */
  sampleRate?: number;
  /** Channels, interleaved in what is written. Default 1. */
  channels?: number;
}

/**
 * Writes 16-bit PCM to a WAV file as it comes in. At any time the file on disk can be played.
 *
 * @example
 * const wav = new WavWriter('heard.wav');
 * const sink = new VoiceSink(room, { onPcm: (block) => wav.write(block) });
 * // … and when it is over:
 * sink.close();
 * wav.close();
 */
export class WavWriter {
  /** As it was given. */
  readonly path: string;
  readonly #sampleRate: number;
  readonly #channels: number;
  #file: number | undefined;
  #dataBytes = 0;
  #headerBytes = 0;

  /** Creates or replaces the file. @throws AudioFileError `write_failed` */
  constructor(path: string, options: WavWriterOptions = {}) {
    this.path = path;
    this.#sampleRate = options.sampleRate ?? 48000;
    this.#channels = options.channels ?? 1;
    try {
      this.#file = openSync(path, 'w');
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.#writeHeader();
  }

  /** Sound written so far, in seconds. */
  get seconds(): number {
    return this.#dataBytes / (2 * this.#channels * this.#sampleRate);
  }

  /**
   * Appends samples from −1 to 1; louder ones are clipped. Ignored after `close`.
   * @throws AudioFileError `write_failed`, also when the file would outgrow the 4 GiB of the format
   */
  write(pcm: Float32Array): void {
    if (this.#file === undefined) return;
    const data = Buffer.allocUnsafe(pcm.length * 2);
    for (let i = 0; i < pcm.length; i += 1) {
      const scaled = Math.round(pcm[i]! * 32768);
      // NaN falls through both comparisons and is written as silence.
      data.writeInt16LE(scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled || 0, i * 2);
    }
    if (this.#dataBytes + data.length > MAX_DATA_BYTES) {
      throw new AudioFileError(
        'write_failed',
        `${this.path} is full: a WAV file ends at 4 GiB; begin another one`,
      );
    }
    this.#writeAll(data, HEADER_BYTES + this.#dataBytes);
    this.#dataBytes += data.length;
    const bytesPerHeader = HEADER_EVERY_S * 2 * this.#channels * this.#sampleRate;
    if (this.#dataBytes - this.#headerBytes >= bytesPerHeader) this.#writeHeader();
  }

  /** Completes the file. Idempotent. @throws AudioFileError `write_failed` */
  close(): void {
    if (this.#file === undefined) return;
    this.#writeHeader();
    closeSync(this.#file);
    this.#file = undefined;
  }

  #writeHeader(): void {
    const header = Buffer.alloc(HEADER_BYTES);
    header.write('RIFF', 0, 'latin1');
    header.writeUInt32LE(HEADER_BYTES - 8 + this.#dataBytes, 4);
    header.write('WAVEfmt ', 8, 'latin1');
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(this.#channels, 22);
    header.writeUInt32LE(this.#sampleRate, 24);
    header.writeUInt32LE(this.#sampleRate * this.#channels * 2, 28);
    header.writeUInt16LE(this.#channels * 2, 32);
    header.writeUInt16LE(16, 34);
    header.write('data', 36, 'latin1');
    header.writeUInt32LE(this.#dataBytes, 40);
    this.#writeAll(header, 0);
    this.#headerBytes = this.#dataBytes;
  }

  #writeAll(bytes: Buffer, position: number): void {
    try {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#file!, bytes, at, bytes.length - at, position + at);
      }
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  #failure(cause: unknown): AudioFileError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new AudioFileError('write_failed', `cannot write ${this.path}: ${reason}`, { cause });
  }
}
