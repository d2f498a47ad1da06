import {
  explainRedisError,
  PublishConnection,
  RedisLink,
  type RedisLinkOptions,
  type RedisLinkStats,
  type RedisLog,
} from '@partyline/redis';
import { Backoff } from '@partyline/runtime';
import { BusError } from '../bus.ts';

export interface PublisherOptions extends Pick<RedisLinkOptions, 'target' | 'partOf' | 'name' | 'onDown'> {
  /** SPUBLISH, which stays within the shard, instead of PUBLISH. */
  sharded: boolean;
  /** Unanswered publications, and their bytes; what comes on top is refused at once. */
  maxPending: number;
  maxPendingBytes: number;
  /** The answer says that the channel's slot is elsewhere. */
  onMoved?: ((message: string) => void) | undefined;
  /** A publication was refused, or its answer is lost. */
  onDropped: () => void;
}

/**
 * Publishes on one server, by two connections: ioredis's finds it, logs in, judges it and notices when it is a master
 * no more; beside it there is one that only publishes, made when the former is there and ended with it. Nothing waits
 * here for a server that is away.
 */
export class Publisher {
  readonly link: RedisLink;
  readonly #options: PublisherOptions;
  readonly #backoff = new Backoff({ baseMs: 50, maxMs: 2_000 });
  readonly #stats = { connects: 0, losses: 0, stalls: 0 };
  #connection: PublishConnection | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** What ended the connection that publishes, while the other one is there. */
  #problem: string | undefined;
  #settleStart: (() => void) | undefined;
  #pending = 0;
  #pendingBytes = 0;

  constructor(options: PublisherOptions, { log }: { log?: RedisLog | undefined }) {
    this.#options = options;
    const { target, partOf, name } = options;
    this.link = new RedisLink(
      {
        target,
        ...(partOf && { partOf }),
        name,
        role: 'publisher',
        onUp: () => this.#connect(),
        onDown: () => this.#disconnect(),
      },
      { log },
    );
  }

  get up(): boolean {
    return this.#connection?.isReady === true;
  }

  get problem(): string | undefined {
    return this.link.problem ?? this.#problem;
  }

  /** Connects and losses are those of the connection that publishes. */
  get stats(): RedisLinkStats {
    return { ...this.#stats, stalls: this.#stats.stalls + this.link.stats.stalls };
  }

  /**
   * Resolves when it can publish, and also when the server is away: it is then tried on.
   * @throws RedisError when the server answers but cannot be used
   */
  async start(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#settleStart = resolve;
    });
    await this.link.start();
    if (this.link.up && !this.up) await settled;
  }

  stop(): void {
    this.link.stop();
    this.#drop();
    this.#settleStart?.();
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    const connection = this.#connection;
    if (connection === undefined || !connection.isReady) {
      return this.#refuse(this.problem ?? 'The bus is not connected yet.');
    }
    const { maxPending, maxPendingBytes } = this.#options;
    const size = bytes.length;
    if (this.#pending >= maxPending || this.#pendingBytes + size > maxPendingBytes) {
      return this.#refuse(`${this.#pending} messages (${this.#pendingBytes} bytes) wait for Redis.`);
    }
    this.#pending += 1;
    this.#pendingBytes += size;
    return new Promise((resolve, reject) => {
      connection.publish(channel, bytes, (reached, refusal) => {
        this.#pending -= 1;
        this.#pendingBytes -= size;
        if (refusal === undefined) resolve(reached);
        else reject(this.#refused(refusal));
      });
    });
  }

  #refuse(message: string): Promise<never> {
    this.#options.onDropped();
    return Promise.reject(new BusError('unavailable', message));
  }

  #refused(refusal: string): BusError {
    this.#options.onDropped();
    if (refusal.startsWith('MOVED ')) this.#options.onMoved?.(refusal);
    return new BusError('unavailable', `Redis did not take the message: ${this.problem ?? refusal}`);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    const { target, name, sharded } = this.#options;
    const { username, password } = target;
    const connection = new PublishConnection({
      beside: this.link.redis.stream,
      username,
      password,
      name,
      sharded,
      onReady: () => {
        this.#stats.connects += 1;
        this.#problem = undefined;
        this.#backoff.reset();
        this.#settleStart?.();
      },
      onStall: () => {
        this.#stats.stalls += 1;
      },
      onEnd: (error, wasReady) => this.#ended(connection, error, wasReady),
    });
    this.#connection = connection;
  }

  /** The server was left, or has left: whatever this connection was good for is over too. */
  #disconnect(): void {
    this.#drop();
    this.#settleStart?.();
    this.#options.onDown?.();
  }

  #drop(): void {
    clearTimeout(this.#retry);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection?.isReady) this.#stats.losses += 1;
    connection?.stop();
    this.#problem = undefined;
  }

  /** By itself. Mostly the whole server is gone, which the other connection tells soon; if not it is made anew. */
  #ended(connection: PublishConnection, error: Error, wasReady: boolean): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    const { target, partOf = target, onDown } = this.#options;
    this.#problem = explainRedisError(error, partOf).message;
    this.#settleStart?.();
    if (wasReady) {
      this.#stats.losses += 1;
      onDown?.();
    }
    if (!this.link.up) return;
    this.#retry = setTimeout(() => {
      if (this.link.up && this.#connection === undefined) this.#connect();
    }, this.#backoff.nextDelayMs());
    this.#retry.unref();
  }
}
