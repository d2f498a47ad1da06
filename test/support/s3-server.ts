import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { Program } from './program.ts';
import { holdsWithin } from './wait.ts';

const BUCKET = 'voices';
const REGION = 'eu-north-1';
/** A bucket outside the oldest region needs to be told where it is. */
const LOCATION = `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`;

/** A store of objects as S3 is one, in memory (PyPI's moto), with one bucket. */
export class S3Server {
  /** What a recorder is told, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly bucket = BUCKET;
  readonly #program: Program;
  readonly #client = new AwsClient({
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    service: 's3',
    region: REGION,
  });
  readonly #url: string;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.#url = url;
    this.env = {
      PARTYLINE_S3_ENDPOINT: url,
      PARTYLINE_S3_REGION: REGION,
      PARTYLINE_S3_ACCESS_KEY_ID: 'key',
      PARTYLINE_S3_SECRET_ACCESS_KEY: 'secret',
    };
  }

  /** @throws Error saying what to run when moto is not installed */
  static async start(): Promise<S3Server> {
    const cache = process.env.PARTYLINE_CACHE ?? join(homedir(), '.cache', 'partyline');
    const python = join(cache, 'venv', 'bin', 'python');
    if (!existsSync(python)) throw new Error(`moto needs ${python}; run \`node scripts/setup.mjs test\``);
    const port = await freePort();
    const program = new Program(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)]);
    const server = new S3Server(program, `http://127.0.0.1:${port}`);
    const isUp = async (): Promise<boolean> =>
      (await server.#ask('PUT', '', LOCATION).catch(() => undefined))?.ok === true;
    if (await holdsWithin(isUp, 30_000, 200)) return server;
    await program.stop();
    throw new Error(`moto did not start: ${program.output.slice(-500)}`);
  }

  /** Keys of the bucket's objects. */
  async keys(): Promise<string[]> {
    const text = await (await this.#ask('GET', '?list-type=2')).text();
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
  }

  /** How many uploads nobody has completed. */
  async openUploads(): Promise<number> {
    const text = await (await this.#ask('GET', '?uploads')).text();
    return text.split('<UploadId>').length - 1;
  }

  /** Copies all objects to a folder. */
  async download(folder: string): Promise<void> {
    for (const key of await this.keys()) {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      const answer = await this.#ask('GET', `/${key.split('/').map(encodeURIComponent).join('/')}`);
      await writeFile(path, Buffer.from(await answer.arrayBuffer()));
    }
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }

  #ask(method: string, path: string, body?: string): Promise<Response> {
    return this.#client.fetch(`${this.#url}/${BUCKET}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
