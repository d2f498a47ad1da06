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
const STEPS = [
  { heartbeats: 1.5, tell: 'quiet' },
  { heartbeats: 2, tell: 'silent' },
  { heartbeats: 10, tell: 'given' },
] as const;

/**
 * Watches for the heartbeats of a connection: a half-open one is known only by its silence. Ticks without a message
 * are counted as well as time: after this process itself stood still, the first tick must not blame the edge.
 */
export class Silence {
  readonly #time: Time;
  readonly #heartbeatMs: number;
  readonly #handlers: SilenceHandlers;
  #timer: Timer | undefined;
  #lastHeardMs: number;
  #ticks = 0;
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
    this.#timer ??= this.#time.every(WATCH_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A message came. */
  heard(): void {
    this.#lastHeardMs = this.#time.now();
    this.#ticks = 0;
    if (this.#told === 0) return;
    this.#told = 0;
    this.#handlers.heard();
  }

  #tick(): void {
    this.#ticks += 1;
    const silentMs = Math.min(this.#ticks * WATCH_MS, this.#time.now() - this.#lastHeardMs);
    for (const { heartbeats, tell } of STEPS.slice(this.#told)) {
      if (silentMs < heartbeats * this.#heartbeatMs) return;
      this.#told += 1;
      this.#handlers[tell]();
    }
  }
}
