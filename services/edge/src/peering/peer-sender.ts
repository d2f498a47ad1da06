import type { Bus } from '@partyline/bus';
import type { Peer } from './peer.ts';
import type { PeerCounters } from './peer-counters.ts';
import { encodePeerMessage, type PeerAddress, type PeerContent } from './peer-message.ts';

/** Puts messages for peers on the bus of control. What is lost on the way is found by digests. */
export class PeerSender {
  readonly #own: PeerAddress;
  readonly #bus: Pick<Bus, 'publish'>;
  readonly #counters: PeerCounters;

  constructor(own: PeerAddress, services: { bus: Pick<Bus, 'publish'>; counters: PeerCounters }) {
    this.#own = own;
    this.#bus = services.bus;
    this.#counters = services.counters;
  }

  /** Encodes once, for all of them. False if it is too large. */
  send(peers: readonly Peer[], content: PeerContent): boolean {
    if (peers.length === 0) return true;
    const bytes = encodePeerMessage(this.#own, content);
    if (bytes === undefined) {
      this.#counters.tooLarge += 1;
      return false;
    }
    for (const { channel } of peers) void this.#publish(channel, bytes);
    return true;
  }

  /** To any channel, such as this edge's own. */
  sendTo(channel: string, content: PeerContent): void {
    const bytes = encodePeerMessage(this.#own, content);
    if (bytes !== undefined) void this.#publish(channel, bytes);
  }

  async #publish(channel: string, bytes: Uint8Array): Promise<void> {
    const counters = this.#counters;
    counters.sentMessages += 1;
    counters.sentBytes += bytes.length;
    try {
      if ((await this.#bus.publish(channel, bytes)) === 0) counters.deafSends += 1;
    } catch {
      counters.sendFailures += 1;
    }
  }
}
