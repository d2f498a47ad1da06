import { type FileHandle, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RecordingError } from '../errors.ts';
import { isRecordingName, type RecordingPlace } from './place.ts';
import type { RecordingStore, StoredFile } from './store.ts';
import { WriteQueue } from './write-queue.ts';

/** A folder with a folder for each recording. */
export class FolderPlace implements RecordingPlace {
  readonly text: string;

  /** @param text the folder; made when the first recording is */
  constructor(text: string) {
    this.text = text;
  }

  open(name: string): RecordingStore {
    return new FolderStore(join(this.text, name));
  }

  async names(): Promise<string[]> {
    try {
      const entries = await readdir(this.text, { withFileTypes: true });
      return entries
        .flatMap((entry) => (entry.isDirectory() && isRecordingName(entry.name) ? entry.name : []))
        .sort();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RecordingError('storage_failed', `Cannot read ${this.text}: ${why}.`, { cause });
    }
  }
}

/** Files in a folder. What was appended outlives the process at once. */
export class FolderStore implements RecordingStore {
  readonly statusEveryMs = 1_000;
  readonly place: string;

  /** @param place the folder; made when the first file is */
  constructor(place: string) {
    this.place = place;
  }

  async create(name: string): Promise<StoredFile> {
    try {
      await mkdir(this.place, { recursive: true });
      return new FolderFile(name, await open(join(this.place, name), 'w'));
    } catch (cause) {
      throw this.#failure(name, cause);
    }
  }

  async put(name: string, text: string): Promise<void> {
    try {
      await mkdir(this.place, { recursive: true });
      // Whoever reads meanwhile, or after a crash, finds the old text or the new one.
      await writeFile(join(this.place, `.${name}.new`), text);
      await rename(join(this.place, `.${name}.new`), join(this.place, name));
    } catch (cause) {
      throw this.#failure(name, cause);
    }
  }

  async get(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.place, name), 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#failure(name, cause);
    }
  }

  async recover(names: readonly string[]): Promise<void> {
    for (const name of names.filter((one) => one.endsWith('.wav'))) {
      try {
        const file = await open(join(this.place, name), 'r+');
        try {
          const { size } = await file.stat();
          await repairWav(file, size);
        } finally {
          await file.close();
        }
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw this.#failure(name, cause);
      }
    }
  }

  #failure(name: string, cause: unknown): RecordingError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new RecordingError('storage_failed', `Cannot store ${join(this.place, name)}: ${why}.`, { cause });
  }
}

/** The last samples were written after the header was: it is brought up to date. */
const repairWav = async (file: FileHandle, size: number): Promise<void> => {
  const sizes = Buffer.alloc(4);
  if (size < 44) return;
  const dataBytes = (size - 44) & ~1;
  sizes.writeUInt32LE(36 + dataBytes);
  await file.write(sizes, 0, 4, 4);
  sizes.writeUInt32LE(dataBytes);
  await file.write(sizes, 0, 4, 40);
};

class FolderFile implements StoredFile {
  readonly name: string;
  readonly #file: FileHandle;
  readonly #queue = new WriteQueue();
  #bytes = 0;

  constructor(name: string, file: FileHandle) {
    this.name = name;
    this.#file = file;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get pending(): number {
    return this.#queue.pending;
  }

  get failure(): Error | undefined {
    return this.#queue.failure;
  }

  append(bytes: Uint8Array): void {
    const position = this.#bytes;
    this.#bytes += bytes.length;
    this.#queue.add(bytes.length, () => this.#write(bytes, position));
  }

  patch(position: number, bytes: Uint8Array): void {
    this.#queue.add(bytes.length, () => this.#write(bytes, position));
  }

  async close(): Promise<void> {
    await this.#queue.drained();
    await this.#file.sync().catch(() => undefined);
    await this.#file.close();
    if (this.failure === undefined) return;
    const why = `Cannot store ${this.name}: ${this.failure.message}.`;
    throw new RecordingError('storage_failed', why, { cause: this.failure });
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, position + at);
      at += bytesWritten;
    }
  }
}
