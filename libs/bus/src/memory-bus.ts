import {
  type Bus,
  BusError,
  type BusHandler,
  type BusStats,
  type BusSubscription,
  isChannel,
  MAX_BUS_MESSAGE_BYTES,
} from './bus.ts';

export interface MemoryBusOptions {
  /** Messages waiting for this instance's handlers; what comes on top is dropped and counted. */
  maxQueuedMessages?: number;
  /** Bytes waiting for this instance's handlers; what comes on top is dropped and counted. */
  maxQueuedBytes?: number;
}

interface Subscription {
  readonly owner: MemoryBus;
  readonly channel: string;
  readonly handler: BusHandler;
  open: boolean;
}

/** What the buses of one process share, as they would share a Redis. */
export class MemoryBusHub {
  readonly #channels = new Map<string, Set<Subscription>>();

  /** Internal to the engine. */
  add(subscription: Subscription): void {
    let all = this.#channels.get(subscription.channel);
    if (all === undefined) {
      all = new Set();
      this.#channels.set(subscription.channel, all);
    }
    all.add(subscription);
  }

  /** Internal to the engine. */
  remove(subscription: Subscription): void {
    const all = this.#channels.get(subscription.channel);
    all?.delete(subscription);
    if (all?.size === 0) this.#channels.delete(subscription.channel);
  }

  /** Internal to the engine. */
  subscriptions(channel: string): Iterable<Subscription> {
    return this.#channels.get(channel) ?? [];
  }
}

/**
 * The engine inside one process. Delivers in a later turn of the event loop, as a network would, so that a
 * publisher never runs its listeners' code; each turn delivers what was there at its start, so that handlers
 * that publish cannot starve sockets.
 */
export class MemoryBus implements Bus {
  readonly #hub: MemoryBusHub;
  readonly #maxQueuedMessages: number;
  readonly #maxQueuedBytes: number;
  readonly #subscriptions = new Set<Subscription>();
  readonly #stats: BusStats = {
    up: false,
    published: 0,
    publishedBytes: 0,
    delivered: 0,
    dropped: 0,
    handlerErrors: 0,
    reconnects: 0,
    resubscribes: 0,
    stalls: 0,
    cuts: 0,
  };
  #state: 'new' | 'running' | 'stopped' = 'new';
  #queue: { subscription: Subscription; bytes: Uint8Array }[] = [];
  #queuedBytes = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(hub: MemoryBusHub = new MemoryBusHub(), options: MemoryBusOptions = {}) {
    this.#hub = hub;
    this.#maxQueuedMessages = options.maxQueuedMessages ?? 16_384;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? 16_777_216;
  }

  get stats(): Readonly<BusStats> {
    return this.#stats;
  }

  async start(): Promise<void> {
    if (this.#state === 'stopped') throw new BusError('stopped', 'This bus was stopped; make a new one.');
    this.#state = 'running';
    this.#stats.up = true;
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#stats.up = false;
    for (const subscription of this.#subscriptions) this.#close(subscription);
    this.#queue = [];
    this.#queuedBytes = 0;
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  async subscribe(channel: string, handler: BusHandler): Promise<BusSubscription> {
    this.#check(channel);
    const subscription: Subscription = { owner: this, channel, handler, open: true };
    this.#subscriptions.add(subscription);
    this.#hub.add(subscription);
    return { close: () => this.#close(subscription) };
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    this.#check(channel);
    if (bytes.length > MAX_BUS_MESSAGE_BYTES) {
      throw new BusError(
        'too_large',
        `A bus message holds at most ${MAX_BUS_MESSAGE_BYTES} bytes, not ${bytes.length}; split it.`,
      );
    }
    this.#stats.published += 1;
    this.#stats.publishedBytes += bytes.length;
    let reached = 0;
    for (const subscription of this.#hub.subscriptions(channel)) {
      if (subscription.owner.#enqueue(subscription, bytes)) reached += 1;
    }
    return reached;
  }

  #check(channel: string): void {
    if (this.#state === 'new') throw new BusError('not_started', 'Start the bus before using it.');
    if (this.#state === 'stopped') throw new BusError('stopped', 'The bus was stopped.');
    if (!isChannel(channel)) {
      throw new BusError('bad_channel', 'A channel is 1 to 256 printable ASCII characters without spaces.');
    }
  }

  #close(subscription: Subscription): void {
    subscription.open = false;
    this.#subscriptions.delete(subscription);
    this.#hub.remove(subscription);
  }

  /** The newest goes when full, so that the number a publisher gets back stays true. */
  #enqueue(subscription: Subscription, bytes: Uint8Array): boolean {
    if (
      this.#queue.length >= this.#maxQueuedMessages ||
      this.#queuedBytes + bytes.length > this.#maxQueuedBytes
    ) {
      this.#stats.dropped += 1;
      return false;
    }
    this.#queue.push({ subscription, bytes: Uint8Array.from(bytes) });
    this.#queuedBytes += bytes.length;
    this.#turn ??= setImmediate(() => this.#deliver());
    return true;
  }

  #deliver(): void {
    this.#turn = undefined;
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const { subscription, bytes } of queue) {
      if (!subscription.open) continue;
      this.#stats.delivered += 1;
      try {
        subscription.handler(bytes, subscription.channel);
      } catch {
        this.#stats.handlerErrors += 1;
      }
    }
  }
}
