import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import { RecordingError } from '../errors.ts';
import { completion, elements, textOf } from './s3-xml.ts';

/** How a bucket is reached. */
export interface S3Settings {
  bucket: string;
  /** Such as https://s3.eu-central-1.amazonaws.com; the bucket comes after it in the path. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** A part of an object that is being uploaded. */
export interface S3Part {
  number: number;
  etag: string;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
/** Pages of a list that are read at most, 1,000 entries each. */
const MAX_PAGES = 20;

/** The few requests to a store of objects that a recording needs, each tried several times. */
export class S3Client {
  readonly #client: AwsClient;
  readonly #base: string;

  constructor({ endpoint, bucket, region, accessKeyId, secretAccessKey }: S3Settings) {
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
    this.#base = `${endpoint.replace(/\/$/, '')}/${encodeURIComponent(bucket)}`;
  }

  async put(key: string, body: Uint8Array | string, contentType: string): Promise<void> {
    await this.#ask('PUT', key, {}, { body, headers: { 'content-type': contentType } });
  }

  /** @returns undefined when there is none */
  async get(key: string): Promise<string | undefined> {
    const response = await this.#ask('GET', key, {}, {}, [404]);
    return response.status === 404 ? undefined : response.text;
  }

  /** @returns the upload's id */
  async begin(key: string, contentType: string): Promise<string> {
    const { text } = await this.#ask(
      'POST',
      key,
      { uploads: '' },
      { headers: { 'content-type': contentType } },
    );
    return this.#expected(textOf(text, 'UploadId'), key);
  }

  /** Uploads a part, or replaces it. */
  async uploadPart(key: string, uploadId: string, number: number, body: Uint8Array): Promise<S3Part> {
    const { headers } = await this.#ask('PUT', key, { partNumber: String(number), uploadId }, { body });
    return { number, etag: this.#expected(headers.get('etag') ?? undefined, key) };
  }

  async complete(key: string, uploadId: string, parts: readonly S3Part[]): Promise<void> {
    const { text } = await this.#ask('POST', key, { uploadId }, { body: completion(parts) });
    // Such a failure comes with status 200, for the answer begins before the work is done.
    if (text.includes('<Error>')) throw this.#failure(key, textOf(text, 'Message') ?? 'no reason given');
  }

  async abort(key: string, uploadId: string): Promise<void> {
    await this.#ask('DELETE', key, { uploadId }, {}, [404]);
  }

  async parts(key: string, uploadId: string): Promise<S3Part[]> {
    const found: S3Part[] = [];
    let after = '';
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { uploadId, ...(after !== '' && { 'part-number-marker': after }) };
      const { text } = await this.#ask('GET', key, query, {});
      for (const part of elements(text, 'Part')) {
        found.push({ number: Number(textOf(part, 'PartNumber')), etag: textOf(part, 'ETag') ?? '' });
      }
      after = textOf(text, 'NextPartNumberMarker') ?? '';
      if (textOf(text, 'IsTruncated') !== 'true' || after === '') break;
    }
    return found.sort((a, b) => a.number - b.number);
  }

  /** Uploads below a prefix that nobody has completed. */
  async uploads(prefix: string): Promise<{ key: string; uploadId: string }[]> {
    const { text } = await this.#ask('GET', '', { uploads: '', prefix }, {});
    return elements(text, 'Upload').map((upload) => ({
      key: textOf(upload, 'Key') ?? '',
      uploadId: textOf(upload, 'UploadId') ?? '',
    }));
  }

  /** What comes after a prefix, up to the next slash. */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    let token = '';
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = { 'list-type': '2', delimiter: '/', prefix };
      const { text } = await this.#ask(
        'GET',
        '',
        { ...query, ...(token !== '' && { 'continuation-token': token }) },
        {},
      );
      for (const one of elements(text, 'CommonPrefixes')) {
        found.push((textOf(one, 'Prefix') ?? '').slice(prefix.length).replace(/\/$/, ''));
      }
      token = textOf(text, 'NextContinuationToken') ?? '';
      if (token === '') break;
    }
    return found;
  }

  async #ask(
    method: string,
    key: string,
    query: Readonly<Record<string, string>>,
    init: { body?: Uint8Array | string; headers?: Record<string, string> },
    alsoFine: readonly number[] = [],
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const path = key === '' ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`;
    const url = new URL(this.#base + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    let why = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // Half of each pause is by chance: several files that fail together do not come back together.
      if (attempt > 0) await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
      try {
        const response = await this.#client.fetch(url, {
          method,
          signal: AbortSignal.timeout(TIMEOUT_MS),
          ...(init.headers === undefined ? {} : { headers: init.headers }),
          ...(init.body === undefined ? {} : { body: init.body as BodyInit }),
        });
        const text = await response.text();
        const { status, headers } = response;
        if (response.ok || alsoFine.includes(status)) return { status, headers, text };
        why = `${textOf(text, 'Code') ?? status}: ${textOf(text, 'Message') ?? 'no reason given'}`;
        if (status < 500 && status !== 429 && status !== 408) break;
      } catch (cause) {
        const { cause: deeper, message } = cause as Error;
        why = deeper instanceof Error ? deeper.message || message : message;
      }
    }
    throw this.#failure(key, why);
  }

  #expected(value: string | undefined, key: string): string {
    if (value !== undefined && value !== '') return value;
    throw this.#failure(key, 'its answer is not that of an S3-compatible store');
  }

  #failure(key: string, why: string): RecordingError {
    return new RecordingError('storage_failed', `Cannot store ${this.#base}/${key}: ${why}.`);
  }
}
