import { peerChannel } from '@partyline/bus';
import type { RoomId } from '@partyline/protocol';
import { TokenBucket } from '@partyline/runtime';
import { PEER_MESSAGE_BURST, PEER_MESSAGES_PER_SECOND } from '../limits.ts';
import { PeerClock } from './peer-clock.ts';
import type { PeerAddress } from './peer-message.ts';

/** One boot of another edge, with which this one shares rooms. */
export class Peer {
  readonly address: PeerAddress;
  /** Where it listens. */
  readonly channel: string;
  readonly clock = new PeerClock();
  /** Rooms that both hold, as far as is known. */
  readonly rooms = new Set<RoomId>();
  readonly rate = new TokenBucket(PEER_MESSAGES_PER_SECOND, PEER_MESSAGE_BURST);
  heardAtMs: number;
  /** Nothing was heard for so long that its participants are shown as reconnecting. */
  silent = false;
  silentSinceMs = 0;
  sharedNothingSinceMs: number;
  warnedOfClockAtMs = Number.NEGATIVE_INFINITY;

  constructor(prefix: string, address: PeerAddress, nowMs: number) {
    this.address = address;
    this.channel = peerChannel({ prefix, ...address });
    this.heardAtMs = nowMs;
    this.sharedNothingSinceMs = nowMs;
  }

  get boot(): string {
    return this.address.boot;
  }
}
