/** Where a command writes; tests give their own. */
export interface Output {
  /** Results. */
  result(text: string): void;
  /** Everything else. */
  note(text: string): void;
  /** Rewrites one line in a terminal; elsewhere a line of its own. */
  status(text: string): void;
  /** Ends the line that `status` keeps rewriting. */
  endStatus(): void;
  /** Whether somebody is watching, so that `status` may come often. */
  readonly live: boolean;
}

/** Standard output for results, standard error for the rest. */
export const processOutput = (): Output => {
  const live = process.stderr.isTTY === true;
  let open = false;
  const endStatus = (): void => {
    if (open) process.stderr.write('\n');
    open = false;
  };
  return {
    live,
    endStatus,
    result: (text) => {
      endStatus();
      process.stdout.write(`${text}\n`);
    },
    note: (text) => {
      endStatus();
      process.stderr.write(`${text}\n`);
    },
    status: (text) => {
      if (!live) {
        process.stderr.write(`${text}\n`);
        return;
      }
      // Back to the first column, and clear what a longer text left behind.
      process.stderr.write(`\r${text}\u001b[K`);
      open = true;
    },
  };
};

const LIVE_MS = 200;
const LOG_MS = 5_000;

/** Tells now and then how far long work is. */
export class Progress {
  readonly #output: Output;
  readonly #everyMs: number;
  readonly #nowMs: () => number;
  #toldMs: number;

  constructor(output: Output, nowMs: () => number = () => performance.now()) {
    this.#output = output;
    this.#everyMs = output.live ? LIVE_MS : LOG_MS;
    this.#nowMs = nowMs;
    // Work of a moment is not worth a line.
    this.#toldMs = nowMs();
  }

  /** @param text made only when it is shown */
  update(text: () => string): void {
    const now = this.#nowMs();
    if (now - this.#toldMs < this.#everyMs) return;
    this.#toldMs = now;
    this.#output.status(text());
  }

  done(): void {
    this.#output.endStatus();
  }
}
