import type { RedisLog, RedisTarget } from '@partyline/redis';
import {
  type Bus,
  BusError,
  type BusHandler,
  type BusStats,
  type BusSubscription,
  isChannel,
  MAX_BUS_MESSAGE_BYTES,
} from '../bus.ts';
import type { Carrier, CarrierOptions } from './carrier.ts';
import { ClusterCarrier } from './cluster-carrier.ts';
import { ServerCarrier } from './server-carrier.ts';

export interface RedisBusOptions {
  target: RedisTarget;
  /** Who connects, such as an edge's id; `CLIENT LIST` shows it. */
  name: string;
  /** Publications that wait for their answer, on each server; 1,024 unless given. */
  maxPending?: number;
  /** The bytes of those; 4 MiB unless given. */
  maxPendingBytes?: number;
  /** Channels subscribed to; 16,384 unless given. */
  maxChannels?: number;
}

interface Subscription {
  readonly handler: BusHandler;
  isOpen: boolean;
}

/**
 * The engine between machines: Redis pub/sub, sharded in a Redis Cluster. While Redis is away a publication is
 * refused at once and counted, never kept; what was subscribed is subscribed anew on its return.
 */
export class RedisBus implements Bus {
  readonly #carrier: Carrier;
  readonly #maxChannels: number;
  /** A list is replaced, never changed, as handlers may subscribe and close while it is gone through. */
  readonly #subscriptions = new Map<string, readonly Subscription[]>();
  readonly #counts = { published: 0, publishedBytes: 0, delivered: 0, dropped: 0, handlerErrors: 0 };
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: RedisBusOptions, { log }: { log?: RedisLog | undefined } = {}) {
    const { target, name, maxPending = 1_024, maxPendingBytes = 4_194_304, maxChannels = 16_384 } = options;
    this.#maxChannels = maxChannels;
    const common: CarrierOptions = {
      name,
      maxPending,
      maxPendingBytes,
      onMessage: (channel, bytes) => this.#deliver(channel, bytes),
      onDropped: () => {
        this.#counts.dropped += 1;
      },
    };
    this.#carrier =
      target.kind === 'cluster'
        ? new ClusterCarrier({ ...common, target }, { log })
        : new ServerCarrier({ ...common, target, sharded: false }, { log });
  }

  get stats(): Readonly<BusStats> {
    return { ...this.#counts, ...this.#carrier.stats, up: this.#state === 'running' && this.#carrier.up };
  }

  get problem(): string | undefined {
    return this.#carrier.problem;
  }

  /**
   * Resolves when connected, and also when Redis is away: it is then tried on.
   * @throws RedisError when Redis answers but cannot be used: wrong password, too old, another kind
   */
  async start(): Promise<void> {
    if (this.#state === 'stopped') throw stopped();
    if (this.#state === 'running') return;
    this.#state = 'running';
    await this.#carrier.start();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#subscriptions.clear();
    this.#carrier.stop();
  }

  async subscribe(channel: string, handler: BusHandler): Promise<BusSubscription> {
    this.#check(channel);
    const others = this.#subscriptions.get(channel);
    if (others === undefined && this.#subscriptions.size >= this.#maxChannels) {
      throw new BusError('unavailable', `The bus is subscribed to ${this.#maxChannels} channels already.`);
    }
    const subscription: Subscription = { handler, isOpen: true };
    this.#subscriptions.set(channel, others === undefined ? [subscription] : [...others, subscription]);
    await this.#carrier.add(channel);
    return { close: () => this.#close(channel, subscription) };
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    try {
      this.#check(channel);
    } catch (error) {
      return Promise.reject(error);
    }
    if (bytes.length > MAX_BUS_MESSAGE_BYTES) return Promise.reject(tooLarge(bytes.length));
    this.#counts.published += 1;
    this.#counts.publishedBytes += bytes.length;
    return this.#carrier.publish(channel, bytes);
  }

  #deliver(channel: string, bytes: Uint8Array): void {
    const subscriptions = this.#subscriptions.get(channel);
    if (subscriptions === undefined) return;
    const last = subscriptions.length - 1;
    for (let index = 0; index <= last; index++) {
      const subscription = subscriptions[index]!;
      if (!subscription.isOpen || this.#state !== 'running') continue;
      this.#counts.delivered += 1;
      try {
        // The last one may have the bytes themselves.
        subscription.handler(index === last ? bytes : bytes.slice(), channel);
      } catch {
        this.#counts.handlerErrors += 1;
      }
    }
  }

  #close(channel: string, subscription: Subscription): void {
    if (!subscription.isOpen) return;
    subscription.isOpen = false;
    const left = this.#subscriptions.get(channel)?.filter((other) => other !== subscription) ?? [];
    if (left.length > 0) this.#subscriptions.set(channel, left);
    else if (this.#subscriptions.delete(channel)) this.#carrier.remove(channel);
  }

  #check(channel: string): void {
    if (this.#state === 'new') throw new BusError('not_started', 'Start the bus before using it.');
    if (this.#state === 'stopped') throw stopped();
    if (!isChannel(channel)) {
      throw new BusError('bad_channel', 'A channel is 1 to 256 printable ASCII characters without spaces.');
    }
  }
}

const stopped = (): BusError => new BusError('stopped', 'The bus was stopped.');
const tooLarge = (length: number): BusError =>
  new BusError(
    'too_large',
    `A bus message holds at most ${MAX_BUS_MESSAGE_BYTES} bytes, not ${length}; split it.`,
  );
