import type { RoomId } from '@partyline/protocol';
import type { Logger } from '@partyline/telemetry';
import type { Digests } from './digests.ts';
import type { Peer } from './peer.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { PeerData } from './peer-data.ts';
import { PEER_VERSION, type PeerContent, parsePeerMessage } from './peer-message.ts';
import type { PeerSender } from './peer-sender.ts';
import type { Peers } from './peers.ts';
import type { RoomPeers } from './room-peers.ts';

/** How often it is said that some edge cannot be understood, in ms. */
const VERSION_LINE_EVERY_MS = 60_000;

export interface PeerInboxServices {
  log: Logger;
  ownBoot: string;
  counters: PeerCounters;
  peers: Peers;
  rooms: ReadonlyMap<RoomId, RoomPeers>;
  sender: PeerSender;
  digests: Digests;
  data: PeerData;
}

/** Takes what other edges say, and passes it to whom it concerns. */
export class PeerInbox {
  readonly #services: PeerInboxServices;
  #versionLineAtMs = Number.NEGATIVE_INFINITY;

  constructor(services: PeerInboxServices) {
    this.#services = services;
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const { counters, peers, digests, ownBoot } = this.#services;
    counters.receivedMessages += 1;
    counters.receivedBytes += bytes.length;
    const parsed = parsePeerMessage(bytes);
    if (!parsed.ok) {
      counters.faults[parsed.fault] += 1;
      if (parsed.version !== undefined) this.#strange(parsed.version, nowMs);
      return;
    }
    const { from, content } = parsed.message;
    if (from.boot === ownBoot) {
      digests.heardSelf(nowMs);
      return;
    }
    const peer = peers.open(from, nowMs);
    if (peer === undefined) return;
    if (!peer.rate.take(1, nowMs)) {
      counters.rateDrops += 1;
      return;
    }
    if (peers.heard(peer, nowMs)) {
      this.silence(peer);
      // Much may have changed at both meanwhile.
      digests.send(peer, true);
    }
    this.#take(peer, content, nowMs);
  }

  /** The peer fell silent, or was heard again. */
  silence(peer: Peer): void {
    for (const room of peer.rooms) this.#services.rooms.get(room)?.silence(peer);
  }

  #strange(version: number, nowMs: number): void {
    if (nowMs - this.#versionLineAtMs < VERSION_LINE_EVERY_MS) return;
    this.#versionLineAtMs = nowMs;
    this.#services.log.warn(
      { version, own: PEER_VERSION },
      `Another edge speaks version ${version} of what edges tell each other, this one version ${PEER_VERSION}: they share no rooms by it. Upgrade by way of a release that speaks both.`,
    );
  }

  #take(peer: Peer, content: PeerContent, nowMs: number): void {
    const { rooms, digests, data } = this.#services;
    switch (content.type) {
      case 'part':
        this.#room(peer, content.room, content.ack !== undefined)?.heardPart(peer, content, nowMs);
        break;
      case 'change':
        this.#room(peer, content.room, false)?.heardChange(peer, content, nowMs);
        break;
      case 'digest':
        digests.heard(peer, content, nowMs);
        break;
      case 'digestAnswer':
        digests.answered(peer, content, nowMs);
        break;
      case 'ask':
        this.#room(peer, content.room, true)?.heardAsk(peer, nowMs);
        break;
      case 'gone':
        if (content.room !== undefined) rooms.get(content.room)?.heardGone(peer);
        else this.#gone(peer);
        break;
      case 'data':
        data.received(peer, rooms.get(content.room)?.room, content);
        break;
      case 'dataDelivered':
        data.delivered(peer, content);
        break;
    }
  }

  /** Whoever wants an answer about a room that is not here is told so. */
  #room(peer: Peer, room: RoomId, wantsAnswer: boolean): RoomPeers | undefined {
    const here = this.#services.rooms.get(room);
    if (here === undefined && wantsAnswer) this.#services.sender.send([peer], { type: 'gone', room });
    return here;
  }

  #gone(peer: Peer): void {
    for (const room of [...peer.rooms]) this.#services.rooms.get(room)?.heardGone(peer);
    this.#services.peers.forget(peer);
  }
}
