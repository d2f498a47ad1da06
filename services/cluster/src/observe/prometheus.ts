import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '@partyline/redis/server';

export interface PrometheusOptions {
  /** Its configuration. */
  config: string;
  /** Any free one unless given. */
  port: number | undefined;
}

const PROGRAM = 'prometheus';
const START_DEADLINE_MS = 30_000;
/** It closes its files within a moment; after this it is made to. */
const STOP_DEADLINE_MS = 3_000;
const POLL_MS = 50;
const LOG_LINES = 20;

/** A Prometheus of this machine's own, whose data goes when it ends. */
export class Prometheus {
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  readonly #ended: Promise<void>;
  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true });
  #isEnded = false;

  /** Whether the program is installed. */
  static get isInstalled(): boolean {
    return isCommand(PROGRAM);
  }

  /**
   * Starts it and waits until it answers.
   * @throws Error with its own words when it does not
   */
  static async start({ config, port }: PrometheusOptions): Promise<Prometheus> {
    const prometheus = new Prometheus(config, port ?? (await freePort('127.0.0.1')));
    try {
      await prometheus.#ready();
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  private constructor(config: string, port: number) {
    this.port = port;
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'partyline-prometheus-'));
    const file = path.join(this.#folder, 'prometheus.yml');
    writeFileSync(file, config);
    // The kernel ends it when this process ends for whatever reason; an exit handler cannot see kill -9.
    const guard = isCommand('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
    const [command, ...args] = [
      ...guard,
      PROGRAM,
      `--config.file=${file}`,
      `--storage.tsdb.path=${this.#dataFolder}`,
      '--storage.tsdb.retention.time=1d',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ];
    // Out of the terminal's process group: Ctrl-C reaches the parent, which ends it in order.
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => this.#keep(text));
    this.#child = child;
    process.on('exit', this.#removeFolder);
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isEnded = true;
        resolve();
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#log.push(error.message);
        end();
      });
    });
  }

  get #dataFolder(): string {
    return path.join(this.#folder, 'data');
  }

  /** No slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it and removes what it kept. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isEnded) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.#ended;
    clearTimeout(timer);
    process.off('exit', this.#removeFolder);
    this.#removeFolder();
  }

  async #ready(): Promise<void> {
    const endsAtMs = performance.now() + START_DEADLINE_MS;
    while (!(await this.#answers())) {
      if (this.#isEnded) throw new Error(`Prometheus ended at once: ${this.#lastWords}`);
      if (performance.now() > endsAtMs) {
        throw new Error(`Prometheus did not answer within 30 s: ${this.#lastWords}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #answers(): Promise<boolean> {
    const ask = (path: string): Promise<Response> =>
      fetch(this.url + path, { signal: AbortSignal.timeout(1_000) });
    try {
      const ready = await ask('/-/ready');
      await ready.arrayBuffer();
      if (!ready.ok) return false;
      // Somebody else might have the port, and answer while this one is ending for want of it.
      const { data } = (await (await ask('/api/v1/status/flags')).json()) as {
        data?: Record<string, string>;
      };
      return data?.['storage.tsdb.path'] === this.#dataFolder;
    } catch {
      return false;
    }
  }

  /** What it said of the reason; a port that is taken is the usual one. */
  get #lastWords(): string {
    const words = this.#log.join('\n');
    if (/address already in use/i.test(words)) {
      return `port ${this.port} is taken by another program; choose one with --prometheus, or 0 for any.`;
    }
    return words || 'it said nothing';
  }

  #keep(text: Buffer): void {
    this.#log.push(...text.toString().trimEnd().split('\n'));
    if (this.#log.length > LOG_LINES) this.#log.splice(0, this.#log.length - LOG_LINES);
  }
}

function isCommand(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
