import type { WasmMediaEncoder } from 'wasm-media-encoders';
import { createMp3Encoder } from 'wasm-media-encoders';
import type { StoredFile } from '../store/store.ts';
import { SAMPLE_RATE } from '../units.ts';
import type { MixFile } from './mix-file.ts';
import { ENCODER_DELAY_SAMPLES, FRAME_SAMPLES, mp3Info } from './mp3-info.ts';

/** Of the whole mix, in kbit/s. */
const BITRATE_KBPS = 96;
const FRAME_BYTES = (FRAME_SAMPLES / 8) * ((BITRATE_KBPS * 1_000) / SAMPLE_RATE);

/** MP3 of constant bit rate, so that a player finds its way in a file that was cut off. */
export class Mp3File implements MixFile {
  readonly file: StoredFile;
  readonly #encoder: WasmMediaEncoder<'audio/mpeg'>;
  #samples = 0;
  #bytes = 0;
  #head: Uint8Array | undefined;

  private constructor(file: StoredFile, encoder: WasmMediaEncoder<'audio/mpeg'>) {
    this.file = file;
    this.#encoder = encoder;
  }

  static async open(file: StoredFile): Promise<Mp3File> {
    const encoder = await createMp3Encoder();
    encoder.configure({ sampleRate: SAMPLE_RATE, channels: 1, bitrate: BITRATE_KBPS });
    return new Mp3File(file, encoder);
  }

  get failure(): Error | undefined {
    return this.file.failure;
  }

  write(pcm: Float32Array): void {
    this.#samples += pcm.length;
    this.#put(this.#encoder.encode([pcm]));
  }

  async close(): Promise<void> {
    this.#put(this.#encoder.finalize());
    const frames = Math.round(this.#bytes / FRAME_BYTES);
    const paddingSamples = frames * FRAME_SAMPLES - ENCODER_DELAY_SAMPLES - this.#samples;
    if (this.#head !== undefined && paddingSamples >= 0) {
      const length = {
        frames,
        bytes: this.#bytes + FRAME_BYTES,
        paddingSamples: Math.min(4_095, paddingSamples),
      };
      this.file.patch(0, mp3Info(this.#head, FRAME_BYTES, length));
    }
    await this.file.close();
  }

  /** @param encoded belongs to the encoder, and changes with its next call */
  #put(encoded: Uint8Array): void {
    if (encoded.length === 0) return;
    if (this.#head === undefined) {
      this.#head = encoded.slice(0, 4);
      this.file.append(mp3Info(this.#head, FRAME_BYTES, undefined));
    }
    this.#bytes += encoded.length;
    this.file.append(encoded.slice());
  }
}
