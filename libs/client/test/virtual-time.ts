import type { Clock } from '../src/clock.ts';
import type { Timer, Timers } from '../src/timers.ts';

interface Due {
  atMs: number;
  /** Of two at the same time the one that was asked for first comes first. */
  order: number;
  run: () => void;
}

/** A clock that goes as fast as the work of each moment is done. */
export class VirtualTime implements Clock, Timers {
  #nowMs: number;
  #order = 0;
  /** A heap: the first is due next. */
  readonly #due: Due[] = [];
  readonly #cancelled = new WeakSet<Due>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#at(this.#nowMs + Math.max(0, delayMs), run);
  }

  every(periodMs: number, run: () => void): Timer {
    let timer: Timer;
    const again = (): void => {
      timer = this.after(periodMs, again);
      run();
    };
    timer = this.after(periodMs, again);
    return { cancel: () => timer.cancel() };
  }

  /** Runs what is due until then, and what follows from each before the next. */
  async advanceTo(untilMs: number): Promise<void> {
    for (let next = this.#due[0]; next !== undefined && next.atMs <= untilMs; next = this.#due[0]) {
      this.#take();
      if (this.#cancelled.has(next)) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await new Promise(setImmediate);
    }
    this.#nowMs = untilMs;
  }

  #at(atMs: number, run: () => void): Timer {
    const due: Due = { atMs, order: this.#order++, run };
    let at = this.#due.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(due, this.#due[parent]!)) break;
      this.#due[at] = this.#due[parent]!;
      at = parent;
    }
    this.#due[at] = due;
    return { cancel: () => this.#cancelled.add(due) };
  }

  #take(): void {
    const last = this.#due.pop()!;
    if (this.#due.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#due.length) break;
      if (child + 1 < this.#due.length && before(this.#due[child + 1]!, this.#due[child]!)) child += 1;
      if (!before(this.#due[child]!, last)) break;
      this.#due[at] = this.#due[child]!;
      at = child;
    }
    this.#due[at] = last;
  }
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
