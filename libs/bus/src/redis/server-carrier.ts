import type { RedisLinkOptions, RedisLog } from '@partyline/redis';
import type { Carrier, CarrierOptions, CarrierStats } from './carrier.ts';
import { Publisher } from './publisher.ts';
import { Subscriber } from './subscriber.ts';

export interface ServerCarrierOptions extends CarrierOptions, Pick<RedisLinkOptions, 'target' | 'partOf'> {
  sharded: boolean;
  /** Something about the server's slots has changed; with the words of a refused publication if there were any. */
  onMoved?: ((message?: string) => void) | undefined;
  onDown?: (() => void) | undefined;
}

/**
 * One server (or the master that Sentinels name), with a connection that publishes and one that listens: so what a
 * slow listener makes Redis do to its connection does not hit what is sent.
 */
export class ServerCarrier implements Carrier {
  readonly publisher: Publisher;
  readonly #subscriber: Subscriber;
  #started: Promise<void> | undefined;
  #cuts = 0;
  /** Losses of the publisher and stalls of the subscriber before the latter was lost. */
  #before: { losses: number; stalls: number } | undefined;

  constructor(options: ServerCarrierOptions, services: { log?: RedisLog | undefined }) {
    const { target, partOf, name, sharded, onMoved, onDown } = options;
    const common = { target, ...(partOf && { partOf }), name, sharded };
    const { maxPending, maxPendingBytes, onMessage, onDropped } = options;
    this.publisher = new Publisher(
      { ...common, maxPending, maxPendingBytes, onMoved, onDown, onDropped },
      services,
    );
    this.#subscriber = new Subscriber(
      {
        ...common,
        onMessage,
        onMoved: () => onMoved?.(),
        onUp: () => this.#subscriberIsBack(),
        onDown: () => {
          const { up, stats } = this.publisher;
          this.#before = up ? { losses: stats.losses, stalls: this.#stalls } : undefined;
          onDown?.();
        },
      },
      services,
    );
  }

  get up(): boolean {
    return this.publisher.up && this.#subscriber.up;
  }

  get problem(): string | undefined {
    return this.publisher.problem ?? this.#subscriber.link.problem;
  }

  get stats(): CarrierStats {
    const [publisher, subscriber] = [this.publisher.stats, this.#subscriber.link.stats];
    return {
      reconnects: Math.max(publisher.connects - 1, 0) + Math.max(subscriber.connects - 1, 0),
      resubscribes: this.#subscriber.resubscribes,
      stalls: publisher.stalls + subscriber.stalls,
      cuts: this.#cuts,
    };
  }

  get #stalls(): number {
    return this.#subscriber.link.stats.stalls;
  }

  /** Lost while the server answered on the other connection and on this one: the server itself has closed it. */
  #subscriberIsBack(): void {
    const before = this.#before;
    this.#before = undefined;
    if (before === undefined || !this.publisher.up) return;
    if (before.losses === this.publisher.stats.losses && before.stalls === this.#stalls) this.#cuts += 1;
  }

  start(): Promise<void> {
    this.#started ??= Promise.all([this.publisher.start(), this.#subscriber.link.start()]).then(() => {});
    return this.#started;
  }

  stop(): void {
    this.publisher.stop();
    this.#subscriber.stop();
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    return this.publisher.publish(channel, bytes);
  }

  add(channel: string): Promise<void> {
    return this.#subscriber.add(channel);
  }

  remove(channel: string): void {
    this.#subscriber.remove(channel);
  }
}
