import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './wait.ts';

/** The checkout under test. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface ProgramOptions {
  cwd?: string;
  /** In addition to the little that programs need; nothing else of this process's environment is passed on. */
  env?: Readonly<Record<string, string>>;
}

/** A program as a user starts it: its output in lines, its end, its exit code. */
export class Program {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #command: string;

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    this.#command = [command, ...args].join(' ');
    const { PATH, HOME, PARTYLINE_CACHE } = process.env;
    this.#child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      // A process group of its own, as a shell gives it one: Ctrl-C is a signal to the group.
      detached: true,
      env: { PATH, HOME, ...(PARTYLINE_CACHE === undefined ? {} : { PARTYLINE_CACHE }), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const [stream, lines] of [
      [this.#child.stdout!, this.stdout],
      [this.#child.stderr!, this.stderr],
    ] as const) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop()!;
        lines.push(...parts);
      });
      stream.on('end', () => {
        if (rest !== '') lines.push(rest);
      });
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get output(): string {
    return [...this.stdout, ...this.stderr].join('\n');
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first match in its output. @throws Error with the output, when it ends or nothing comes within the time */
  async prints(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    let match: RegExpExecArray | null = null;
    await until(
      `"${this.#command}" to print ${pattern}`,
      () => {
        match = pattern.exec(this.output);
        if (match === null && !this.running) throw new Error(`"${this.#command}" ended:\n${this.output}`);
        return match !== null;
      },
      withinMs,
    );
    return match!;
  }

  /** Its exit code once it has ended by itself. @throws Error when it is still running after the time */
  async ends(withinMs: number): Promise<number | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`"${this.#command}" is still running after ${withinMs} ms`)),
        withinMs,
      );
    });
    await Promise.race([this.#ended, late]).finally(() => clearTimeout(timer));
    return this.#child.exitCode;
  }

  /** To this process alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** To the whole process group, as Ctrl-C does. */
  interrupt(): void {
    this.#signalGroup('SIGINT');
  }

  /** Ends whatever of it still runs. */
  async stop(): Promise<void> {
    this.#signalGroup('SIGTERM');
    await this.ends(5_000).catch(() => this.#signalGroup('SIGKILL'));
  }

  #signalGroup(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name);
    } catch {
      // Nobody is left in the group.
    }
  }
}

/** Starts a program, uses it, and ends it whatever happened. */
export const withProgram = async <T>(program: Program, use: (program: Program) => Promise<T>): Promise<T> => {
  try {
    return await use(program);
  } finally {
    await program.stop();
  }
};

/** `npm start` without npm, on a port that the system chooses; for guests unless `env` sets API keys. */
export const serve = (
  flags: readonly string[] = [],
  options: {
    env?: Readonly<Record<string, string>>;
    nodeFlags?: readonly string[];
    /** What stands before the command. */
    launcher?: readonly string[];
  } = {},
): Program => {
  const { env, nodeFlags = [], launcher = [] } = options;
  const args = [...nodeFlags, '--import', 'tsx', 'services/standalone/src/main.ts', ...flags];
  const [command, ...words] = [...launcher, process.execPath, ...args] as [string, ...string[]];
  return new Program(command, words, {
    // Makes it watch this process, so that it never outlives a scenario that was killed.
    env: { PORT: '0', npm_lifecycle_event: 'scenario', ...env },
  });
};

/** The `partyline` command of this checkout. */
export const partyline = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Program =>
  new Program(process.execPath, ['services/cli/bin/partyline.mjs', ...args], { env });
