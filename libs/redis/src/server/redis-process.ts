import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, rmSync } from 'node:fs';
import path from 'node:path';

export interface RedisProcessOptions {
  /** The configuration file, and what stands on the command line after it. */
  args: readonly string[];
  /** Stands before `redis-server`, such as `['ip', 'netns', 'exec', 'eu']`; it must become the server by exec. */
  launcher?: readonly string[];
  /** Removed when this process ends before the server was stopped. */
  scratchFolder?: string;
}

const PROGRAM = 'redis-server';
const LOG_LINES = 30;
const running = new Set<RedisProcess>();

/** One run of redis-server. It ends with this process, also (on Linux with util-linux) when this one is killed. */
export class RedisProcess {
  readonly #child: ChildProcess;
  readonly #scratchFolder: string | undefined;
  readonly #log: string[] = [];
  readonly #ended: Promise<void>;
  #isEnded = false;

  /** @throws Error when redis-server is not installed */
  constructor({ args, launcher = [], scratchFolder }: RedisProcessOptions) {
    this.#scratchFolder = scratchFolder;
    if (launcher.length === 0 && !isCommand(PROGRAM)) {
      throw new Error(`The program ${PROGRAM} was not found; on Debian: apt-get install redis-server`);
    }
    // The kernel kills the child when its parent ends for whatever reason; an exit handler cannot see kill -9.
    const guard =
      process.platform === 'linux' && isCommand('setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : [];
    const [command, ...rest] = [...guard, ...launcher, PROGRAM, ...args];
    this.#child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (text: Buffer) => this.#keep(text));
    this.#child.stderr?.on('data', (text: Buffer) => this.#keep(text));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isEnded = true;
        running.delete(this);
        if (running.size === 0) process.off('exit', killAll);
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', (error) => {
        this.#log.push(error.message);
        end();
      });
    });
    if (running.size === 0) process.on('exit', killAll);
    running.add(this);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The last lines it wrote. */
  get log(): string {
    return this.#log.join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once; a frozen one too. There is nothing on disk to be kept. */
  async kill(): Promise<void> {
    if (!this.#isEnded) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** What can still be done while this process ends. */
  abandon(): void {
    this.#child.kill('SIGKILL');
    if (this.#scratchFolder !== undefined) rmSync(this.#scratchFolder, { recursive: true, force: true });
  }

  #keep(text: Buffer): void {
    this.#log.push(...text.toString().trimEnd().split('\n'));
    if (this.#log.length > LOG_LINES) this.#log.splice(0, this.#log.length - LOG_LINES);
  }
}

function killAll(): void {
  for (const one of running) one.abandon();
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
