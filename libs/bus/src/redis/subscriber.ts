import { RedisLink, type RedisLinkOptions, type RedisLog } from '@partyline/redis';

export interface SubscriberOptions
  extends Pick<RedisLinkOptions, 'target' | 'partOf' | 'name' | 'onUp' | 'onDown'> {
  /** SSUBSCRIBE, for the slots of this server, instead of SUBSCRIBE. */
  sharded: boolean;
  onMessage: (channel: string, bytes: Uint8Array) => void;
  /** The server gave a channel's slot away. */
  onMoved?: (() => void) | undefined;
}

/** Channels named in one command; more would keep other answers waiting. */
const BATCH = 256;
const RETRY_MS = 100;

interface Channel {
  isConfirmed: boolean;
  /** Told when it is subscribed, or when the server went away. */
  waiting: (() => void)[];
}

/**
 * A connection that listens, made with the first channel (the bus of another region only publishes); whatever happens
 * to it, its channels are subscribed anew.
 */
export class Subscriber {
  readonly link: RedisLink;
  /** Channels subscribed again. */
  resubscribes = 0;
  readonly #options: SubscriberOptions;
  readonly #channels = new Map<string, Channel>();
  #unconfirmed = 0;
  #started: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Tells the answers of this connection from those of a former one. */
  #epoch = 0;
  #hasBeenUp = false;

  constructor(options: SubscriberOptions, { log }: { log?: RedisLog | undefined }) {
    this.#options = options;
    const { target, partOf, name, sharded, onMessage, onMoved } = options;
    this.link = new RedisLink(
      {
        target,
        ...(partOf && { partOf }),
        name,
        role: 'subscriber',
        onUp: () => this.#connected(),
        onDown: () => this.#disconnected(),
      },
      { log },
    );
    const { redis } = this.link;
    redis.on(sharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, message: Buffer) => {
      // A plain array of bytes, for `slice` of a Buffer does not copy; its memory is nobody else's already.
      onMessage(
        channel.toString('latin1'),
        new Uint8Array(message.buffer, message.byteOffset, message.length),
      );
    });
    if (sharded) {
      redis.on('moved', () => {
        // Which channel is not told, so all are subscribed anew; that is rare and harms nothing.
        this.#resubscribe();
        onMoved?.();
      });
    }
  }

  /** True while everything is subscribed. */
  get up(): boolean {
    return this.#started === undefined || (this.link.up && this.#unconfirmed === 0);
  }

  /** Resolves when subscribed, or when the server is away. */
  async add(channel: string): Promise<void> {
    if (!this.#channels.has(channel)) {
      this.#channels.set(channel, { isConfirmed: false, waiting: [] });
      this.#unconfirmed += 1;
      if (this.link.up) this.#subscribe([channel]);
    }
    // A server that cannot be used has been told by the publisher's connection.
    this.#started ??= this.link.start().catch(() => {});
    await this.#started;
    const known = this.#channels.get(channel);
    if (known === undefined || known.isConfirmed || !this.link.up) return;
    await new Promise<void>((resolve) => known.waiting.push(resolve));
  }

  remove(channel: string): void {
    const known = this.#channels.get(channel);
    if (known === undefined) return;
    this.#channels.delete(channel);
    if (!known.isConfirmed) this.#unconfirmed -= 1;
    release(known);
    if (!this.link.up) return;
    const { redis } = this.link;
    (this.#options.sharded ? redis.sunsubscribe(channel) : redis.unsubscribe(channel)).catch(() => {
      // The connection ended, or the slot is elsewhere: either way nothing is subscribed here any more.
    });
  }

  stop(): void {
    this.#epoch += 1;
    clearTimeout(this.#retry);
    this.link.stop();
    for (const channel of this.#channels.values()) release(channel);
    this.#channels.clear();
  }

  #connected(): void {
    this.#epoch += 1;
    if (this.#hasBeenUp) this.resubscribes += this.#channels.size;
    this.#hasBeenUp = true;
    this.#unconfirm();
    this.#subscribe([...this.#channels.keys()]);
    this.#options.onUp?.();
  }

  #disconnected(): void {
    this.#epoch += 1;
    this.#unconfirm();
    for (const channel of this.#channels.values()) release(channel);
    this.#options.onDown?.();
  }

  #resubscribe(): void {
    if (!this.link.up) return;
    this.resubscribes += this.#channels.size;
    this.#unconfirm();
    this.#subscribe([...this.#channels.keys()]);
  }

  #unconfirm(): void {
    for (const channel of this.#channels.values()) channel.isConfirmed = false;
    this.#unconfirmed = this.#channels.size;
  }

  #subscribe(channels: readonly string[]): void {
    const { redis } = this.link;
    const { sharded } = this.#options;
    // Channels of different slots must not stand in one command.
    const size = sharded ? 1 : BATCH;
    for (let start = 0; start < channels.length; start += size) {
      const batch = channels.slice(start, start + size);
      const epoch = this.#epoch;
      (sharded ? redis.ssubscribe(...batch) : redis.subscribe(...batch)).then(
        () => {
          if (epoch === this.#epoch) this.#confirm(batch);
        },
        (error: unknown) => {
          if (epoch === this.#epoch) this.#refused(error);
        },
      );
    }
  }

  #confirm(channels: readonly string[]): void {
    for (const name of channels) {
      const channel = this.#channels.get(name);
      if (channel === undefined || channel.isConfirmed) continue;
      channel.isConfirmed = true;
      this.#unconfirmed -= 1;
      release(channel);
    }
  }

  /** A slot that is moving or has no master just now; or a user without the right, which somebody must repair. */
  #refused(error: unknown): void {
    if (error instanceof Error && error.message.startsWith('MOVED ')) this.#options.onMoved?.();
    if (this.#retry !== undefined) return;
    const delayMs = RETRY_MS * (1 + Math.random());
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      if (!this.link.up) return;
      const missing = [...this.#channels].flatMap(([name, { isConfirmed }]) => (isConfirmed ? [] : [name]));
      this.#subscribe(missing);
    }, delayMs);
    this.#retry.unref();
  }
}

function release(channel: Channel): void {
  const waiting = channel.waiting.splice(0);
  for (const resolve of waiting) resolve();
}
