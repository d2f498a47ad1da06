import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlace } from './open-place.ts';
import type { RecordingPlace } from './place.ts';

/** As much of S3 as a recording needs, with faults on demand; moto is the real judge, in the scenario. */
class Bucket {
  readonly objects = new Map<string, Buffer>();
  readonly uploads = new Map<string, { key: string; parts: Map<number, Buffer> }>();
  requests = 0;
  /** Requests of these numbers (from 1) are answered so. */
  readonly faults = new Map<number, number>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      this.requests += 1;
      const body = await bodyOf(request);
      const fault = this.faults.get(this.requests);
      const [status, text, etag] = fault === undefined ? this.#answer(request, body) : [fault, ''];
      response.writeHead(status, etag === undefined ? {} : { etag }).end(text);
    });
  }

  async open(): Promise<RecordingPlace> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return openPlace('s3://bucket/kept', {
      s3Endpoint: `http://127.0.0.1:${port}`,
      s3AccessKeyId: 'id',
      s3SecretAccessKey: 'secret',
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ method, url = '' }: IncomingMessage, body: Buffer): [number, string, string?] {
    const { pathname, searchParams: query } = new URL(url, 'http://bucket');
    const key = decodeURIComponent(pathname.replace(/^\/bucket\/?/, ''));
    const id = query.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    if (method === 'POST' && query.has('uploads')) {
      this.uploads.set(`u${this.uploads.size}`, { key, parts: new Map() });
      return [200, `<UploadId>u${this.uploads.size - 1}</UploadId>`];
    }
    if (method === 'PUT' && upload !== undefined) {
      upload.parts.set(Number(query.get('partNumber')), body);
      return [200, '', `"${body.length}"`];
    }
    if (method === 'POST' && upload !== undefined) {
      const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)</g)].map(([, number]) =>
        Number(number),
      );
      this.objects.set(upload.key, Buffer.concat(numbers.map((number) => upload.parts.get(number)!)));
      this.uploads.delete(id);
      return [200, '<CompleteMultipartUploadResult/>'];
    }
    if (method === 'GET' && query.has('uploads')) {
      const list = [...this.uploads].map(
        ([one, { key }]) => `<Upload><Key>${key}</Key><UploadId>${one}</UploadId></Upload>`,
      );
      return [200, list.join('')];
    }
    if (method === 'GET' && upload !== undefined) {
      const list = [...upload.parts.keys()].map(
        (n) => `<Part><PartNumber>${n}</PartNumber><ETag>&quot;x&quot;</ETag></Part>`,
      );
      return [200, list.join('')];
    }
    if (method === 'PUT') this.objects.set(key, body);
    const found = this.objects.get(key);
    return found === undefined ? [404, '<Code>NoSuchKey</Code>'] : [200, found.toString('utf8')];
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const MEBIBYTE = 1_048_576;
const piece = (value: number): Uint8Array => new Uint8Array(MEBIBYTE).fill(value);

let bucket: Bucket;
let place: RecordingPlace;
beforeEach(async () => {
  bucket = new Bucket();
  place = await bucket.open();
});
afterEach(() => bucket.close());

describe('a recording in a bucket', () => {
  it('is uploaded in parts while it grows, and its beginning replaced when it is complete', async () => {
    const file = await place.open('monday').create('mix.wav', 'audio/wav', true);
    for (let i = 0; i < 12; i += 1) file.append(piece(i));
    file.patch(0, Uint8Array.of(1, 1));
    file.patch(0, Uint8Array.of(7, 8, 9));
    await file.close();
    const stored = bucket.objects.get('kept/monday/mix.wav')!;
    expect(stored.length).toBe(12 * MEBIBYTE);
    expect([...stored.subarray(0, 4)]).toEqual([7, 8, 9, 0]);
    for (let i = 1; i < 12; i += 1) expect(stored[i * MEBIBYTE]).toBe(i);
  });

  it('tries again what failed for now, and gives up what was refused', async () => {
    const file = await place.open('monday').create('track.ogg', 'audio/ogg', false);
    bucket.faults.set(2, 503).set(3, 500);
    file.append(piece(3));
    await file.close();
    expect(bucket.objects.get('kept/monday/track.ogg')?.length).toBe(MEBIBYTE);
    expect(bucket.requests).toBe(5);
    const other = await place.open('monday').create('other.ogg', 'audio/ogg', false);
    bucket.faults.set(7, 403);
    other.append(piece(3));
    await expect(other.close()).rejects.toMatchObject({ code: 'storage_failed' });
    expect(other.failure?.message).toContain('kept/monday/other.ogg: 403');
    expect(bucket.requests).toBe(7);
  });

  it('is put together from what a dead recorder had uploaded', async () => {
    const store = place.open('monday');
    const file = await store.create('mix.wav', 'audio/wav', true);
    for (let i = 0; i < 7; i += 1) file.append(piece(i));
    while (file.pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await place.open('monday').recover([]);
    expect(bucket.objects.get('kept/monday/mix.wav')?.length).toBe(5 * MEBIBYTE);
    expect(bucket.uploads.size).toBe(0);
  });

  it('has small files whole, and tells what is not there from what cannot be read', async () => {
    const store = place.open('monday');
    expect(await store.get('recording.json')).toBeUndefined();
    await store.put('recording.json', '{"ü": 1}', 'application/json');
    expect(await store.get('recording.json')).toBe('{"ü": 1}');
    bucket.faults.set(bucket.requests + 1, 403);
    await expect(store.get('recording.json')).rejects.toMatchObject({ code: 'storage_failed' });
  });
});

describe('the name of a place', () => {
  it.each([
    ['s3://', 'is no place'],
    ['s3://UPPER/x', 'is no place'],
    ['s3://bucket/x', 'PARTYLINE_S3_ACCESS_KEY_ID'],
  ])('"%s" is refused with what to do', (text, expected) => {
    expect(() => openPlace(text)).toThrow(expected);
  });
});
