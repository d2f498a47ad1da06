import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Call {
  id: number;
  name: string;
  argument: unknown;
}
interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: each handler knows its own argument; the caller names it.
export type CallHandlers = Record<string, (argument: any) => unknown>;

/** In the child: answers calls of the parent by name, and ends with the parent. */
export const answerCalls = (handlers: CallHandlers): void => {
  process.on('message', (call: Call) => {
    const answer = (reply: Omit<Answer, 'id'>): void => {
      process.send?.({ id: call.id, ...reply });
    };
    Promise.resolve()
      .then(() => {
        const handler = handlers[call.name];
        if (handler === undefined) throw new Error(`this process answers no call "${call.name}"`);
        return handler(call.argument);
      })
      .then(
        (value) => answer({ value }),
        (error: unknown) =>
          answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
};

export interface ChildOptions {
  /** A TypeScript file that calls {@link answerCalls}. */
  file: URL;
  /** What it is called in messages. */
  label: string;
  /** The core to pin it to; undefined leaves it to the system. */
  core?: number;
  /** Further flags for Node, such as `--cpu-prof`. */
  nodeFlags?: readonly string[];
  /**
   * In a session of its own, as servers are started: Linux (`sched_autogroup_enabled`) shares a busy machine out by
   * sessions, and children of one session have one share together.
   */
  ownSession?: boolean;
}

/** Longer than any call takes, even to a process that is starved of its core. */
const CALL_TIMEOUT_MS = 60_000;

/** In the parent: a child process that answers calls. */
export class CallableChild {
  readonly #label: string;
  readonly #process: ChildProcess;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #lastId = 0;
  #gone: Error | undefined;

  constructor({ file, label, core, nodeFlags = [], ownSession = false }: ChildOptions) {
    this.#label = label;
    const node = [process.execPath, ...nodeFlags, '--import', 'tsx', fileURLToPath(file)];
    // taskset replaces itself by what it starts, so the pid and the channel are the child's own.
    const [command, ...args] = core === undefined ? node : ['taskset', '-c', String(core), ...node];
    this.#process = spawn(command!, args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: ownSession,
    });
    this.#process.on('message', (answer: Answer) => this.#settle(answer));
    this.#process.on('error', (error) => this.#fail(error));
    this.#process.on('exit', (code, signal) => {
      this.#fail(new Error(`the ${label} process ended by itself (${signal ?? `exit code ${code}`})`));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves with the handler's answer; rejects when it throws or the process is gone. */
  call<Value>(name: string, argument?: unknown): Promise<Value> {
    if (this.#gone) return Promise.reject(this.#gone);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(id);
        reject(
          new Error(`the ${this.#label} process did not answer "${name}" within ${CALL_TIMEOUT_MS / 1000} s`),
        );
      }, CALL_TIMEOUT_MS);
      this.#open.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value as Value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#process.send({ id, name, argument } satisfies Call, (error) => {
        if (error) this.#fail(error);
      });
    });
  }

  /** Ends the process: by closing the channel, after `graceMs` by force. Idempotent. */
  async end(graceMs = 3_000): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.disconnect();
    const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await exited;
    clearTimeout(force);
  }

  #settle(answer: Answer): void {
    const waiting = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(`${this.#label}: ${answer.error}`));
  }

  #fail(error: Error): void {
    this.#gone ??= error;
    for (const waiting of this.#open.values()) waiting.reject(this.#gone);
    this.#open.clear();
  }
}
