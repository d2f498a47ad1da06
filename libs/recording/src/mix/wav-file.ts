import type { StoredFile } from '../store/store.ts';
import { SAMPLE_RATE } from '../units.ts';
import type { MixFile } from './mix-file.ts';

const SAMPLE_BYTES = 2;
/** The header says how long the file is; it is brought up to date this often, in bytes of sound. */
const HEADER_EVERY_BYTES = SAMPLE_RATE * SAMPLE_BYTES;

/** As streams have it, whose length nobody knows. */
const UNKNOWN_BYTES = 0xffffffff - 36;

const header = (dataBytes: number): Buffer => {
  const bytes = Buffer.alloc(44);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + dataBytes, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE, 24);
  bytes.writeUInt32LE(SAMPLE_RATE * SAMPLE_BYTES, 28);
  bytes.writeUInt16LE(SAMPLE_BYTES, 32);
  bytes.writeUInt16LE(8 * SAMPLE_BYTES, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(dataBytes, 40);
  return bytes;
};

/** 16-bit PCM. */
export class WavFile implements MixFile {
  readonly file: StoredFile;
  #dataBytes = 0;
  #toldBytes = 0;

  constructor(file: StoredFile) {
    this.file = file;
    // Whoever finds the file before its length is known reads it to its end.
    file.append(header(UNKNOWN_BYTES));
  }

  get failure(): Error | undefined {
    return this.file.failure;
  }

  write(pcm: Float32Array): void {
    const data = Buffer.allocUnsafe(pcm.length * SAMPLE_BYTES);
    for (let i = 0; i < pcm.length; i += 1) {
      const scaled = Math.round(pcm[i]! * 32_768);
      data.writeInt16LE(Math.max(-32_768, Math.min(32_767, scaled)) || 0, i * SAMPLE_BYTES);
    }
    this.file.append(data);
    this.#dataBytes += data.length;
    if (this.#dataBytes - this.#toldBytes >= HEADER_EVERY_BYTES) this.#tell();
  }

  async close(): Promise<void> {
    this.#tell();
    await this.file.close();
  }

  #tell(): void {
    this.#toldBytes = this.#dataBytes;
    this.file.patch(0, header(this.#dataBytes));
  }
}
