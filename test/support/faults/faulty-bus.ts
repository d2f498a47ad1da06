import type { Bus, BusHandler, BusStats, BusSubscription } from '@partyline/bus';

/** What becomes of a message on its way to the bus. */
export interface BusFault {
  loses(channel: string, bytes: Uint8Array): boolean;
  /** Hands it on when its time has come; `holds` says whether that may be after the call. */
  delay?: { holds(): boolean; hold(bytes: Uint8Array, handOn: () => void): void };
}

/** A bus on whose way some messages are late or lost, while whoever publishes them is told that they reached somebody. */
export class FaultyBus implements Bus {
  readonly #bus: Bus;
  readonly #fault: BusFault;

  constructor(bus: Bus, fault: BusFault) {
    this.#bus = bus;
    this.#fault = fault;
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
    const { delay } = this.#fault;
    if (this.#fault.loses(channel, bytes)) return Promise.resolve(1);
    if (delay?.holds() !== true) return this.#bus.publish(channel, bytes);
    // Whoever publishes writes the next message over this one as soon as the call returns.
    const kept = bytes.slice();
    return new Promise((resolve, reject) => {
      delay.hold(kept, () => this.#bus.publish(channel, kept).then(resolve, reject));
    });
  }
}
