import type { WasmMediaEncoder } from 'wasm-media-encoders';
import { createOggEncoder } from 'wasm-media-encoders';
import type { StoredFile } from '../store/store.ts';
import { SAMPLE_RATE } from '../units.ts';
import type { MixFile } from './mix-file.ts';

/** libvorbis' scale from −1 to 10; for speech in mono that is about 55 kbit/s. */
const QUALITY = 4;

/** Ogg Vorbis. Its encoder gives out a page when it is full, which is every few seconds. */
export class VorbisFile implements MixFile {
  readonly file: StoredFile;
  readonly #encoder: WasmMediaEncoder<'audio/ogg'>;

  private constructor(file: StoredFile, encoder: WasmMediaEncoder<'audio/ogg'>) {
    this.file = file;
    this.#encoder = encoder;
  }

  static async open(file: StoredFile): Promise<VorbisFile> {
    const encoder = await createOggEncoder();
    encoder.configure({ sampleRate: SAMPLE_RATE, channels: 1, vbrQuality: QUALITY });
    return new VorbisFile(file, encoder);
  }

  get failure(): Error | undefined {
    return this.file.failure;
  }

  write(pcm: Float32Array): void {
    this.#put(this.#encoder.encode([pcm]));
  }

  async close(): Promise<void> {
    this.#put(this.#encoder.finalize());
    await this.file.close();
  }

  /** @param encoded belongs to the encoder, and changes with its next call */
  #put(encoded: Uint8Array): void {
    if (encoded.length > 0) this.file.append(encoded.slice());
  }
}
