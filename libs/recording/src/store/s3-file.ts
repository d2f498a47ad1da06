import { RecordingError } from '../errors.ts';
import type { S3Client, S3Part } from './s3-client.ts';
import type { StoredFile } from './store.ts';
import { WriteQueue } from './write-queue.ts';

/** The smallest part that a store takes, but for the last one. */
const PART_BYTES = 5_242_880;
/** What a dead process would lose: the part that grows is uploaded anew this often, as the last one so far, ms. */
const SAVE_EVERY_MS = 10_000;
/** Unless it has grown by less than this share: then not as often, and at the latest after {@link SAVE_LATEST_MS}. */
const GROWTH = 1 / 8;
const SAVE_LATEST_MS = 60_000;
const CHECK_MS = 1_000;

export interface S3FileOptions {
  name: string;
  key: string;
  uploadId: string;
  /** Its beginning is replaced when it is complete: the first part is kept at hand. */
  patched: boolean;
}

/**
 * An object that grows: a multipart upload whose last part is uploaded again and again while it fills. Whoever completes the
 * upload after this process died has all but the last moments.
 */
export class S3File implements StoredFile {
  readonly name: string;
  readonly #client: S3Client;
  readonly #options: S3FileOptions;
  readonly #queue = new WriteQueue();
  readonly #parts = new Map<number, S3Part>();
  readonly #timer: ReturnType<typeof setInterval>;
  #bytes = 0;
  #number = 1;
  #tail: Uint8Array[] = [];
  #tailBytes = 0;
  #savedBytes = 0;
  #savedAtMs = performance.now();
  #first: Buffer | undefined;
  #patch: { position: number; bytes: Uint8Array } | undefined;

  constructor(client: S3Client, options: S3FileOptions) {
    this.name = options.name;
    this.#client = client;
    this.#options = options;
    this.#timer = setInterval(() => this.#saveIfDue(), CHECK_MS);
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
    this.#bytes += bytes.length;
    this.#tail.push(bytes);
    this.#tailBytes += bytes.length;
    if (this.#tailBytes >= PART_BYTES) this.#nextPart();
  }

  /** Takes effect when the file is closed; the last one counts. */
  patch(position: number, bytes: Uint8Array): void {
    this.#patch = { position, bytes };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const { key, uploadId } = this.#options;
    if (this.#number === 1) this.#first = this.#whole();
    if (this.#first !== undefined && this.#patch !== undefined) {
      this.#first.set(this.#patch.bytes, this.#patch.position);
      this.#upload(1, this.#first);
    } else if (this.#number === 1) this.#upload(1, this.#first!);
    if (this.#number > 1 && this.#tailBytes > 0) this.#upload(this.#number, this.#whole());
    await this.#queue.drained();
    if (this.failure === undefined) {
      const parts = [...this.#parts.values()].sort((a, b) => a.number - b.number);
      await this.#client.complete(key, uploadId, parts);
      return;
    }
    throw this.failure instanceof RecordingError
      ? this.failure
      : new RecordingError('storage_failed', `Cannot store ${key}: ${this.failure.message}.`);
  }

  #nextPart(): void {
    const whole = this.#whole();
    if (this.#number === 1 && this.#options.patched) this.#first = whole;
    this.#upload(this.#number, whole);
    this.#number += 1;
    this.#tail = [];
    this.#tailBytes = 0;
    this.#savedBytes = 0;
    this.#savedAtMs = performance.now();
  }

  #saveIfDue(): void {
    const grown = this.#tailBytes - this.#savedBytes;
    const sinceMs = performance.now() - this.#savedAtMs;
    if (grown === 0 || sinceMs < SAVE_EVERY_MS || this.pending > 0) return;
    if (grown < this.#tailBytes * GROWTH && sinceMs < SAVE_LATEST_MS) return;
    this.#savedBytes = this.#tailBytes;
    this.#savedAtMs = performance.now();
    this.#upload(this.#number, this.#whole());
  }

  #whole(): Buffer {
    const whole = Buffer.concat(this.#tail);
    this.#tail = [whole];
    return whole;
  }

  #upload(number: number, bytes: Uint8Array): void {
    const { key, uploadId } = this.#options;
    this.#queue.add(bytes.length, async () => {
      this.#parts.set(number, await this.#client.uploadPart(key, uploadId, number, bytes));
    });
  }
}
