import type { Bus, BusHandler, BusStats, BusSubscription } from '@partyline/bus';
import { laterJson } from './later.ts';

/** Beside so many messages goes one that only a later version understands. */
const OWN_EVERY = 8;
/** Where a bundle has its version and type, and a byte that is ignored when read (protocol rule 71). */
const TYPE_AT = 0;
const RESERVED_AT = 1;
const LATER_TYPE = 0x1f;
const LATER_VERSION = 0x22;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A bus on which an edge speaks as one of a later version: with more fields, and with messages of its own. */
export class LaterBus implements Bus {
  readonly #bus: Bus;
  #published = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
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
    this.#published += 1;
    const addsOwn = this.#published % OWN_EVERY === 0;
    if (/^[^:]*:[^:]*:(inbox-|room)/.test(channel)) return this.#media(channel, bytes, addsOwn);
    const text = decoder.decode(bytes);
    if (addsOwn && channel.includes(':peer:')) {
      const { from } = JSON.parse(text) as { from: object };
      for (const own of [
        { v: 1, type: 'weather', from, sky: 'blue' },
        { v: 2, type: 'part', from },
      ]) {
        this.#bus.publish(channel, encoder.encode(JSON.stringify(own))).catch(() => undefined);
      }
    }
    return this.#bus.publish(channel, encoder.encode(laterJson(text)));
  }

  #media(channel: string, bytes: Uint8Array, addsOwn: boolean): Promise<number> {
    // Whoever publishes may use its bytes again as soon as this returns, so both are copies.
    const bundle = Uint8Array.from(bytes);
    bundle[RESERVED_AT] = 0xff;
    if (addsOwn) {
      for (const first of [LATER_TYPE, LATER_VERSION]) {
        const own = Uint8Array.from(bundle);
        own[TYPE_AT] = first;
        this.#bus.publish(channel, own).catch(() => undefined);
      }
    }
    return this.#bus.publish(channel, bundle);
  }
}
