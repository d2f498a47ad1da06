import type { Bus, BusHandler, BusStats, BusSubscription } from '@partyline/bus';

/** A bus on whose way some messages are lost, while whoever publishes them is told that they reached somebody. */
export class FaultyBus implements Bus {
  readonly #bus: Bus;
  readonly #loses: (channel: string, bytes: Uint8Array) => boolean;

  constructor(bus: Bus, loses: (channel: string, bytes: Uint8Array) => boolean) {
    this.#bus = bus;
    this.#loses = loses;
  }

  get stats(): Readonly<BusStats> {
    return this.#bus.stats;
  }

  get problem(): string | undefined {
    return this.#bus.problem;
  }

  start(): Promise<void> {
    return this.#bus.start();
  }

  stop(): Promise<void> {
    return this.#bus.stop();
  }

  subscribe(channel: string, handler: BusHandler): Promise<BusSubscription> {
    return this.#bus.subscribe(channel, handler);
  }

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    return this.#loses(channel, bytes) ? Promise.resolve(1) : this.#bus.publish(channel, bytes);
  }
}
