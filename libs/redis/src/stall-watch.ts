import type { Redis } from 'ioredis';

export interface StallWatchOptions {
  /** A command unanswered this long is the end of its connection, in ms. */
  stallMs: number;
  /** Sent when the connection is quiet, so that a peer that vanished is noticed. */
  probe: (redis: Redis) => Promise<unknown>;
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
  readonly #redis: Redis;
  readonly #options: StallWatchOptions;
  readonly #stallTicks: number;
  readonly #timer: NodeJS.Timeout;
  #stream: unknown;
  #bytesRead = 0;
  #quietTicks = 0;
  #ticksToProbe = PROBE_EVERY_TICKS;

  constructor(redis: Redis, options: StallWatchOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#stallTicks = Math.max(1, Math.round(options.stallMs / TICK_MS));
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const redis = this.#redis;
    const { stream } = redis;
    if (stream === undefined || stream.destroyed || stream.connecting) {
      this.#quietTicks = 0;
      return;
    }
    const { bytesRead } = stream;
    if (stream !== this.#stream || bytesRead !== this.#bytesRead || unanswered(redis) === 0) {
      this.#stream = stream;
      this.#bytesRead = bytesRead;
      this.#quietTicks = 0;
    } else if (++this.#quietTicks >= this.#stallTicks) {
      this.#quietTicks = 0;
      this.#options.onStall();
      stream.destroy(new Error(`no answer for ${this.#options.stallMs} ms`));
      return;
    }
    if (--this.#ticksToProbe > 0 || redis.status !== 'ready') return;
    this.#ticksToProbe = PROBE_EVERY_TICKS;
    this.#options.probe(redis).catch(() => {
      // The connection's end is told by itself.
    });
  }
}

/** Commands sent and not answered, as ioredis keeps them; it shows the number in no other way. */
const unanswered = (redis: Redis): number =>
  (redis as unknown as { commandQueue: { length: number } }).commandQueue.length;
