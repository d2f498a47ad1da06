import type { Time } from './clock.ts';
import type { Timer } from './timers.ts';

/** Told while nothing is heard; each at most once a silence. */
export interface SilenceHandlers {
  /** For one and a half heartbeats: the edge may be gone. */
  quiet(): void;
  /** For two heartbeats. */
  silent(): void;
  /** For so long that nothing will come any more. */
  given(): void;
  /** Something came after all. */
  heard(): void;
}

const WATCH_MS = 250;
/** A tick that comes this late was held back: by a browser, which does so again and again, or with all of this process. */
const LATE_MS = 600;
const STEPS = [
  { heartbeats: 1.5, tell: 'quiet' },
  { heartbeats: 2, tell: 'silent' },
  { heartbeats: 10, tell: 'given' },
] as const;

/**
 * Watches for the heartbeats of a connection: a half-open one is known only by its silence. Ticks without a message
 * are counted as well as time: after this process itself stood still, the first tick must not blame the edge. Where
 * ticks come late one after the other, as in a hidden page, it is only they that do, and time counts.
 */
export class Silence {
  readonly #time: Time;
  readonly #heartbeatMs: number;
  readonly #handlers: SilenceHandlers;
  #timer: Timer | undefined;
  #lastHeardMs: number;
  #tickedAtMs = 0;
  #lastTickLate = false;
  /** Silence that was witnessed: what passed between ticks. */
  #witnessedMs = 0;
  /** How many steps of the present silence were told. */
  #told = 0;

  constructor(time: Time, heartbeatMs: number, handlers: SilenceHandlers) {
    this.#time = time;
    this.#heartbeatMs = heartbeatMs;
    this.#handlers = handlers;
    this.#lastHeardMs = time.now();
  }

  /** Begins to watch; a second call changes nothing. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#tickedAtMs = this.#time.now();
    this.#timer = this.#time.every(WATCH_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A message came. */
  heard(): void {
    this.#lastHeardMs = this.#time.now();
    this.#witnessedMs = 0;
    if (this.#told === 0) return;
    this.#told = 0;
    this.#handlers.heard();
  }

  #tick(): void {
    const nowMs = this.#time.now();
    const sinceMs = nowMs - this.#tickedAtMs;
    this.#tickedAtMs = nowMs;
    const late = sinceMs > LATE_MS;
    this.#witnessedMs += late && this.#lastTickLate ? sinceMs : WATCH_MS;
    this.#lastTickLate = late;
    const silentMs = Math.min(this.#witnessedMs, nowMs - this.#lastHeardMs);
    for (const { heartbeats, tell } of STEPS.slice(this.#told)) {
      if (silentMs < heartbeats * this.#heartbeatMs) return;
      this.#told += 1;
      this.#handlers[tell]();
    }
  }
}
