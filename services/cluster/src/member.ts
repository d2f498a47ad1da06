import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface MemberOptions {
  /** What it is called in logs, such as `eu-edge-1`. */
  name: string;
  /** A TypeScript or JavaScript file. */
  program: string;
  /** Flags of Node before the program, such as `--inspect=127.0.0.1:0`. */
  nodeFlags?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Stands before the command, such as `['ip', 'netns', 'exec', 'eu']`; it must become the program by exec. */
  launcher?: readonly string[];
  /** Each line that it writes. */
  onLine: (name: string, line: string) => void;
  /** It has ended, however. */
  onEnd?: (name: string) => void;
  /** Its operations address, without a slash at the end. */
  opsUrl: string;
}

const READY_DEADLINE_MS = 30_000;
const POLL_MS = 25;
const KEPT_LINES = 200;

/** One process of a cluster, which can be ended and started again under the same name. */
export class Member {
  readonly name: string;
  readonly opsUrl: string;
  /** The last lines that it wrote. */
  readonly lines: string[] = [];
  readonly #options: MemberOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(options: MemberOptions) {
    this.#options = options;
    this.name = options.name;
    this.opsUrl = options.opsUrl;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Starts it and waits until it is ready.
   * @param more environment variables for this run alone
   * @throws Error with its last lines, when it ends or is not ready in time
   */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    this.spawn(more);
    await this.ready();
  }

  /** Starts it and waits for nothing. */
  spawn(more: Readonly<Record<string, string>> = {}): void {
    const { program, env, launcher = [], nodeFlags = [] } = this.#options;
    const { PATH, HOME, PARTYLINE_CACHE } = process.env;
    const [command, ...args] = [
      ...launcher,
      process.execPath,
      ...nodeFlags,
      '--import',
      import.meta.resolve('tsx'),
      program,
    ];
    const child = spawn(command!, args, {
      env: {
        PATH,
        HOME,
        ...(PARTYLINE_CACHE === undefined ? {} : { PARTYLINE_CACHE }),
        // Makes it watch this process, so that it does not outlive one that was killed.
        npm_lifecycle_event: 'cluster',
        ...env,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in a terminal reaches the cluster, which then ends its members in order.
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.#line(line));
    }
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null): void => {
        if (this.#child === child) this.#child = undefined;
        resolve(code);
        this.#options.onEnd?.(this.name);
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#line(error.message);
        end(null);
      });
    });
  }

  /** @throws Error with its last lines, when it ends or is not ready in time */
  async ready(deadlineMs = READY_DEADLINE_MS): Promise<void> {
    const endsAtMs = performance.now() + deadlineMs;
    while (!(await this.#isReady())) {
      const reason = !this.running
        ? 'ended'
        : performance.now() > endsAtMs
          ? 'is not ready in time'
          : undefined;
      if (reason !== undefined)
        throw new Error(`${this.name} ${reason}:\n${this.lines.slice(-20).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Its exit code once it has ended by itself; null after a signal. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Asks it to end, and makes it when it has not within the time. */
  async stop(deadlineMs: number): Promise<number | null> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), deadlineMs);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  async #isReady(): Promise<boolean> {
    try {
      const reply = await fetch(`${this.opsUrl}/readyz`, { signal: AbortSignal.timeout(1_000) });
      await reply.arrayBuffer();
      return reply.status === 200;
    } catch {
      return false;
    }
  }

  #line(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
    this.#options.onLine(this.name, line);
  }
}
