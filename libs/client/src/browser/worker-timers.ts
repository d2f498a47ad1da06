import { systemTimers, type Timer, type Timers } from '../timers.ts';

/**
 * All that the worker does: `[id, delayMs, periodic]` starts a timer, `[id]` cancels one, and an id goes back when it is
 * due. It holds no state of the call.
 */
const WORKER_SOURCE = `const timers = new Map();
onmessage = ({ data: [id, delayMs, periodic] }) => {
  const old = timers.get(id);
  clearTimeout(old);
  timers.delete(id);
  if (delayMs === undefined) return;
  const due = () => {
    if (!periodic) timers.delete(id);
    postMessage(id);
  };
  timers.set(id, periodic ? setInterval(due, delayMs) : setTimeout(due, delayMs));
};`;

interface Entry {
  readonly delayMs: number;
  readonly periodic: boolean;
  readonly run: () => void;
  /** Since the worker is gone. */
  instead: Timer | undefined;
}

/**
 * Timers that a hidden page's throttling does not reach, for those of a worker keep their pace. Where a page's content
 * security policy forbids the worker (it is made from a `blob:` URL) or it breaks, the page's own timers take over, with
 * all that is outstanding.
 */
export class WorkerTimers implements Timers {
  readonly #entries = new Map<number, Entry>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor() {
    try {
      const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
      const worker = new Worker(url, { name: 'partyline-timers' });
      this.#worker = worker;
      worker.onmessage = ({ data }: MessageEvent<number>) => {
        // The script has run, so its address is needed no more.
        URL.revokeObjectURL(url);
        this.#due(data);
      };
      // Some browsers tell of a policy in this way, later, and others by throwing.
      worker.onerror = () => this.close();
    } catch {
      this.#worker = undefined;
    }
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#start(delayMs, run, false);
  }

  every(periodMs: number, run: () => void): Timer {
    return this.#start(periodMs, run, true);
  }

  /** Ends the worker. What is outstanding, and all that comes later, is left to the page's own timers. Idempotent. */
  close(): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    worker.onmessage = null;
    worker.terminate();
    for (const [id, entry] of this.#entries) entry.instead = this.#startInstead(id, entry);
  }

  #start(delayMs: number, run: () => void, periodic: boolean): Timer {
    this.#lastId += 1;
    const id = this.#lastId;
    const entry: Entry = { delayMs, periodic, run, instead: undefined };
    this.#entries.set(id, entry);
    if (this.#worker === undefined) entry.instead = this.#startInstead(id, entry);
    else this.#worker.postMessage([id, delayMs, periodic]);
    return { cancel: () => this.#cancel(id) };
  }

  #startInstead(id: number, { delayMs, periodic }: Entry): Timer {
    return periodic
      ? systemTimers.every(delayMs, () => this.#due(id))
      : systemTimers.after(delayMs, () => this.#due(id));
  }

  #due(id: number): void {
    const entry = this.#entries.get(id);
    // Cancelled while its message was on the way.
    if (entry === undefined) return;
    if (!entry.periodic) this.#entries.delete(id);
    entry.run();
  }

  #cancel(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    entry.instead?.cancel();
    this.#worker?.postMessage([id]);
  }
}
