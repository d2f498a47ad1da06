import { PeakLimiter } from '@partyline/audio';
import type { RecordingStore, StoredFile } from '../store/store.ts';
import { SAMPLE_RATE } from '../units.ts';
import { M4aFile } from './m4a-file.ts';
import { MixBuffer } from './mix-buffer.ts';
import { MIX_TYPES, type MixFile, type MixFormat } from './mix-file.ts';
import { Mp3File } from './mp3-file.ts';
import { VorbisFile } from './vorbis-file.ts';
import { WavFile } from './wav-file.ts';

/** Encoders get no more than this at once, samples. */
const BLOCK_SAMPLES = SAMPLE_RATE / 2;

/** All voices in one, in as many formats as are wanted. */
export class Mix {
  readonly #buffer = new MixBuffer();
  readonly #limiter = new PeakLimiter(SAMPLE_RATE);
  readonly #files: readonly MixFile[];

  private constructor(files: readonly MixFile[]) {
    this.#files = files;
  }

  /** @param base of the files' names, without an ending. @throws RecordingError `storage_failed` */
  static async open(store: RecordingStore, base: string, formats: readonly MixFormat[]): Promise<Mix> {
    const files: MixFile[] = [];
    for (const format of formats) {
      files.push(await openFile(format, await store.create(`${base}.${format}`, MIX_TYPES[format], true)));
    }
    return new Mix(files);
  }

  get files(): readonly StoredFile[] {
    return this.#files.map(({ file }) => file);
  }

  get failure(): Error | undefined {
    return this.#files.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** Sound that came too late, in samples. */
  get misplacedSamples(): number {
    return this.#buffer.misplacedSamples;
  }

  /** @param at sample of the recording at which the voice was spoken */
  add(at: number, pcm: Float32Array): void {
    if (this.#files.length > 0) this.#buffer.add(at, pcm);
  }

  /** Everything before this sample is there: it is mixed and encoded. */
  advance(toSamples: number): void {
    if (this.#files.length === 0) return;
    while (this.#buffer.start < toSamples) {
      const block = this.#buffer.take(Math.min(BLOCK_SAMPLES, toSamples - this.#buffer.start));
      this.#limiter.process(block);
      for (const file of this.#files) file.write(block.slice());
    }
  }

  /** Completes the files. @throws RecordingError `storage_failed` */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#files.map((file) => file.close()));
    for (const one of closed) if (one.status === 'rejected') throw one.reason;
  }
}

const openFile = async (format: MixFormat, file: StoredFile): Promise<MixFile> => {
  if (format === 'mp3') return Mp3File.open(file);
  if (format === 'ogg') return VorbisFile.open(file);
  return format === 'm4a' ? new M4aFile(file) : new WavFile(file);
};
