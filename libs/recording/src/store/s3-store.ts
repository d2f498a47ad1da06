import { isRecordingName, type RecordingPlace } from './place.ts';
import { S3Client, type S3Settings } from './s3-client.ts';
import { S3File } from './s3-file.ts';
import type { RecordingStore, StoredFile } from './store.ts';

/** A bucket, or what is below a prefix in one. */
export class S3Place implements RecordingPlace {
  readonly text: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  /** @param prefix of all keys, without slashes at its ends; may be empty */
  constructor(settings: S3Settings, prefix: string) {
    this.#client = new S3Client(settings);
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.text = `s3://${settings.bucket}/${this.#prefix}`;
  }

  open(name: string): RecordingStore {
    return new S3Store(this.#client, `${this.text}${name}`, `${this.#prefix}${name}/`);
  }

  async names(): Promise<string[]> {
    return (await this.#client.folders(this.#prefix)).filter(isRecordingName).sort();
  }
}

class S3Store implements RecordingStore {
  readonly place: string;
  /** A request costs money. */
  readonly statusEveryMs = 10_000;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor(client: S3Client, place: string, prefix: string) {
    this.place = place;
    this.#client = client;
    this.#prefix = prefix;
  }

  async create(name: string, contentType: string, patched: boolean): Promise<StoredFile> {
    const key = this.#prefix + name;
    const uploadId = await this.#client.begin(key, contentType);
    return new S3File(this.#client, { name, key, uploadId, patched });
  }

  put(name: string, text: string, contentType: string): Promise<void> {
    return this.#client.put(this.#prefix + name, text, contentType);
  }

  get(name: string): Promise<string | undefined> {
    return this.#client.get(this.#prefix + name);
  }

  /** Puts together what has been uploaded of each file, also of those that no manifest names yet. */
  async recover(): Promise<void> {
    for (const { key, uploadId } of await this.#client.uploads(this.#prefix)) {
      const parts = await this.#client.parts(key, uploadId);
      if (parts.length === 0) await this.#client.abort(key, uploadId);
      else await this.#client.complete(key, uploadId, parts);
    }
  }
}
