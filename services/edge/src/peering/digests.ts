import type { RoomId } from '@partyline/protocol';
import { PEER_DIGEST_EVERY_MS } from '../limits.ts';
import type { Peer } from './peer.ts';
import type { PeerCounters } from './peer-counters.ts';
import { MAX_DIGEST_ROOMS, type PeerContentOf } from './peer-message.ts';
import type { PeerSender } from './peer-sender.ts';
import type { Peers } from './peers.ts';
import type { RoomPeers } from './room-peers.ts';

export interface DigestsServices {
  clock: { now(): number };
  counters: PeerCounters;
  sender: PeerSender;
  peers: Peers;
  rooms: ReadonlyMap<RoomId, RoomPeers>;
  /** Where this edge itself listens. */
  ownChannel: string;
}

/**
 * Says every second to each peer that this edge is there, measures its clock by the answer, and compares the versions
 * of all rooms in common every second time (protocol rule 95).
 */
export class Digests {
  readonly #services: DigestsServices;
  #nextAtMs = 0;
  #round = 0;
  #heardSelfAtMs = Number.NEGATIVE_INFINITY;
  #hearingSinceMs: number | undefined;

  constructor(services: DigestsServices) {
    this.#services = services;
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    if (nowMs - this.#heardSelfAtMs > 3 * PEER_DIGEST_EVERY_MS) this.#hearingSinceMs = undefined;
    if (nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + PEER_DIGEST_EVERY_MS;
    this.#round += 1;
    const { sender, peers, ownChannel } = this.#services;
    // What does not come back from here would not come from others either.
    sender.sendTo(ownChannel, { type: 'digest', t0: nowMs, rooms: [] });
    for (const peer of peers.all()) if (peer.rooms.size > 0) this.send(peer, this.#round % 2 === 0);
  }

  /** Since when this edge hears what is sent to it, without a break; undefined when it does not. */
  get hearingSinceMs(): number | undefined {
    return this.#hearingSinceMs;
  }

  heardSelf(nowMs: number): void {
    this.#heardSelfAtMs = nowMs;
    this.#hearingSinceMs ??= nowMs;
  }

  /** @param withRooms whether to compare the versions of rooms as well */
  send(peer: Peer, withRooms: boolean): void {
    const { clock, counters, sender } = this.#services;
    const all = withRooms ? this.#versionsFor(peer) : [];
    for (let i = 0; i === 0 || i < all.length; i += MAX_DIGEST_ROOMS) {
      counters.digests += 1;
      const rooms = all.slice(i, i + MAX_DIGEST_ROOMS);
      sender.send([peer], { type: 'digest', t0: clock.now(), rooms });
    }
  }

  /** A peer's digest. */
  heard(peer: Peer, digest: PeerContentOf<'digest'>, receivedAtMs: number): void {
    const { clock, sender, rooms } = this.#services;
    const unknown: RoomId[] = [];
    for (const { room, version, seen } of digest.rooms) {
      const here = rooms.get(room);
      if (here === undefined) unknown.push(room);
      else here.heardVersion(peer, version, seen, receivedAtMs);
    }
    const times = { t0: digest.t0, t1: receivedAtMs, t2: clock.now() };
    sender.send([peer], { type: 'digestAnswer', ...times, unknown });
  }

  /** A peer's answer. */
  answered(peer: Peer, answer: PeerContentOf<'digestAnswer'>, nowMs: number): void {
    const { peers, rooms } = this.#services;
    peers.clock(peer, answer, nowMs);
    for (const room of answer.unknown) rooms.get(room)?.heardGone(peer);
  }

  #versionsFor(peer: Peer): PeerContentOf<'digest'>['rooms'] {
    const versions: PeerContentOf<'digest'>['rooms'] = [];
    for (const room of peer.rooms) {
      const here = this.#services.rooms.get(room);
      if (here === undefined) continue;
      // Changes that wait go first, or every digest of a busy room would look like a gap.
      here.flush();
      versions.push({ room, version: here.version, seen: here.seenOf(peer) });
    }
    return versions;
  }
}
