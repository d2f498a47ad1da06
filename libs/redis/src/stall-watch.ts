import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

/** What is watched. */
export interface Watched {
  /** Undefined before the first connection. */
  readonly stream: Socket | undefined;
  /** Commands sent and not answered. */
  readonly unanswered: number;
}

export interface StallWatchOptions {
  /** A command unanswered this long is the end of its connection, in ms. */
  stallMs: number;
  /** Sends something each second, so that a peer that vanished is noticed also on a quiet connection. */
  probe: () => void;
  onStall: () => void;
}

const TICK_MS = 100;
const PROBE_EVERY_TICKS = 10;

/**
 * Ends a connection whose server takes bytes and answers nothing. TCP would go on for minutes, and a server that
 * wakes up again would then work off whatever was sent to it meanwhile.
 *
 * Counts rounds of this process's own timer, not time: after a second in which this process itself stood still, the
 * answers wait unread in the socket and the server is not to blame.
 */
export class StallWatch {
  readonly #watched: Watched;
  readonly #options: StallWatchOptions;
  readonly #stallTicks: number;
  readonly #timer: NodeJS.Timeout;
  #stream: unknown;
  #bytesRead = 0;
  #quietTicks = 0;
  #ticksToProbe = PROBE_EVERY_TICKS;

  constructor(watched: Watched, options: StallWatchOptions) {
    this.#watched = watched;
    this.#options = options;
    this.#stallTicks = Math.max(1, Math.round(options.stallMs / TICK_MS));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { stream } = this.#watched;
    if (stream === undefined || stream.destroyed || stream.connecting) {
      this.#quietTicks = 0;
      return;
    }
    const { bytesRead } = stream;
    if (stream !== this.#stream || bytesRead !== this.#bytesRead || this.#watched.unanswered === 0) {
      this.#stream = stream;
      this.#bytesRead = bytesRead;
      this.#quietTicks = 0;
    } else if (++this.#quietTicks >= this.#stallTicks) {
      this.#quietTicks = 0;
      this.#options.onStall();
      stream.destroy(new Error(`no answer for ${this.#options.stallMs} ms`));
      return;
    }
    if (--this.#ticksToProbe > 0) return;
    this.#ticksToProbe = PROBE_EVERY_TICKS;
    this.#options.probe();
  }
}

/** Watches a connection of ioredis. */
export function watchRedis(
  redis: Redis,
  { probe, ...options }: Omit<StallWatchOptions, 'probe'> & { probe: (redis: Redis) => Promise<unknown> },
): StallWatch {
  const watched: Watched = {
    get stream() {
      return redis.stream;
    },
    get unanswered() {
      // ioredis shows the number in no other way.
      return (redis as unknown as { commandQueue: { length: number } }).commandQueue.length;
    },
  };
  return new StallWatch(watched, {
    ...options,
    probe: () => {
      if (redis.status !== 'ready') return;
      probe(redis).catch(() => {
        // The connection's end is told by itself.
      });
    },
  });
}
