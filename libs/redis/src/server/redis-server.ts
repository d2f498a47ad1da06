import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './port.ts';
import { RedisProcess } from './redis-process.ts';

export interface RedisServerOptions {
  /** Address to listen on; 127.0.0.1 unless given. */
  host?: string;
  /** A free one unless given. */
  port?: number;
  password?: string;
  /** More lines of redis.conf by name, such as `{ maxmemory: '10mb' }`. */
  settings?: Readonly<Record<string, string | number>>;
  /** More words for the command line. */
  args?: readonly string[];
  /** Where it keeps its few files; a folder of its own in the system's temporary one unless given. */
  folder?: string;
  /**
   * Stands before `redis-server`, such as `['ip', 'netns', 'exec', 'eu']`. Then whether the server answers is
   * asked through its log, as this process may not reach it.
   */
  launcher?: readonly string[];
}

const START_DEADLINE_MS = 10_000;
const POLL_MS = 10;

/** A real redis-server that keeps nothing on disk, for tests and for a cluster on one machine. */
export class RedisServer {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
  readonly folder: string;
  readonly #options: RedisServerOptions;
  readonly #ownFolder: boolean;
  #process: RedisProcess | undefined;
  #admin: Redis | undefined;

  private constructor(options: RedisServerOptions, port: number) {
    this.#options = options;
    this.host = options.host ?? '127.0.0.1';
    this.port = port;
    this.password = options.password;
    this.#ownFolder = options.folder === undefined;
    this.folder = options.folder ?? mkdtempSync(path.join(os.tmpdir(), 'partyline-redis-'));
  }

  /**
   * Starts a server and waits until it answers.
   * @throws Error when redis-server is not installed or does not start; the message holds its own words
   */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const host = options.host ?? '127.0.0.1';
    for (let attempt = 1; ; attempt++) {
      // In another network namespace any port is as good as any other; this one's are then only a guess.
      const server = new RedisServer(
        options,
        options.port ?? (await freePort(options.launcher ? '127.0.0.1' : host)),
      );
      try {
        await server.#run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else took the port in between.
        const isTaken = error instanceof Error && /address already in use/i.test(error.message);
        if (options.port !== undefined || !isTaken || attempt === 3) throw error;
      }
    }
  }

  /** As PARTYLINE_REDIS_URL takes it. */
  get url(): string {
    const user = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    return `redis://${user}${this.address}`;
  }

  /** `host:port`, with IPv6 in brackets. */
  get address(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** The last lines it wrote. */
  get log(): string {
    return this.#process?.log ?? '';
  }

  /** A command of any kind, such as `command('CONFIG', 'SET', 'maxmemory', '1mb')`. */
  async command(name: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    this.#admin ??= this.#connection();
    return this.#admin.call(name, ...args);
  }

  /** It takes bytes and answers nothing until `thaw`: as a machine that hangs. */
  freeze(): void {
    this.#process?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process?.signal('SIGCONT');
  }

  /** Ends it without a word to its clients; `restart` brings it back. */
  async kill(): Promise<void> {
    this.#admin?.disconnect();
    this.#admin = undefined;
    await this.#process?.kill();
    this.#process = undefined;
  }

  /** The same port, and nothing of what it held. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#run();
  }

  /** Ends it and removes its folder. Idempotent. */
  async stop(): Promise<void> {
    await this.kill();
    if (this.#ownFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const file = path.join(this.folder, `redis-${this.port}.conf`);
    // In a file, not on the command line: everybody on the machine may read command lines.
    writeFileSync(file, this.#configuration(), { mode: 0o600 });
    const { args = [], launcher } = this.#options;
    const child = new RedisProcess({
      args: [file, ...args],
      ...(launcher && { launcher }),
      ...(this.#ownFolder && { scratchFolder: this.folder }),
    });
    this.#process = child;
    const deadlineMs = performance.now() + START_DEADLINE_MS;
    while (!(await this.#answers(child))) {
      if (child.isEnded) throw new Error(`redis-server ended at once:\n${child.log}`);
      if (performance.now() > deadlineMs) {
        throw new Error(`redis-server on ${this.address} did not answer within 10 s:\n${child.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #answers(child: RedisProcess): Promise<boolean> {
    if (this.#options.launcher !== undefined) return child.log.includes('Ready to accept connections');
    const connection = this.#connection();
    try {
      // Somebody else might have the port, and answer while our own is still ending for want of it.
      return String(await connection.call('INFO', 'server')).includes(`process_id:${child.pid}\r`);
    } catch {
      return false;
    } finally {
      connection.disconnect();
    }
  }

  #connection(): Redis {
    const connection = new Redis({
      host: this.host,
      port: this.port,
      ...(this.password !== undefined && { password: this.password }),
      connectTimeout: 1_000,
      disconnectTimeout: 50,
      connectionName: 'partyline-server-admin',
      retryStrategy: null,
      enableReadyCheck: false,
      disableClientInfo: true,
    });
    connection.on('error', () => {
      // Whoever gave the command learns of it by its rejection.
    });
    connection.once('end', () => {
      if (this.#admin === connection) this.#admin = undefined;
    });
    return connection;
  }

  #configuration(): string {
    const { password } = this;
    const settings: Record<string, string | number> = {
      bind: this.host,
      port: this.port,
      dir: quoted(this.folder),
      daemonize: 'no',
      save: '""',
      appendonly: 'no',
      logfile: '""',
      'proc-title-template': '"{title} {listen-addr} {server-mode}"',
      ...(password !== undefined && { requirepass: quoted(password), masterauth: quoted(password) }),
      // A server of one's own without a password is on purpose, also on an address of a test's own network.
      'protected-mode': 'no',
      ...this.#options.settings,
    };
    return Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  }
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
