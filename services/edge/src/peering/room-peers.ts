import type { OutgoingLink } from '@partyline/bus';
import type { StreamId } from '@partyline/protocol';
import type { RoomPlaces } from '@partyline/registry';
import { MAX_PARTS_PER_ROOM, PEER_LACKING_MS, RECONNECT_GRACE_MS, ROOM_ENTRY_RETRY_MS } from '../limits.ts';
import type { Room, RoomPeering } from '../rooms/room.ts';
import { PartAssembly, type PartChange, RemotePart, type WholePart } from './part.ts';
import { PartExchange, type PartExchangeServices } from './part-exchange.ts';
import type { Peer } from './peer.ts';
import { isSameParticipant, type PeerAddress, type PeerContentOf } from './peer-message.ts';
import type { Presence, PresentRoom } from './presence.ts';
import { RoomPeer } from './room-peer.ts';
import { RoomWays, type RoomWaysServices } from './room-ways.ts';
import { Roster, type RosterEvents } from './roster.ts';

/** What the rooms of an edge share for their peering. */
export interface RoomPeersServices extends PartExchangeServices, RoomWaysServices {
  presence: Presence;
  events: RosterEvents;
  /** Known or new; undefined when it is this edge itself or one too many. */
  peer(address: PeerAddress): Peer | undefined;
  /** Asks for a {@link RoomPeers.flush} soon. */
  changed(room: RoomPeers): void;
  /** Whether peers can answer at all. */
  reachable(): boolean;
  /** Bus and registry have been in contact for so long that who is missing is gone. */
  settled(nowMs: number): boolean;
}

/** What one room of this edge and the other edges that hold it tell each other. */
export class RoomPeers implements RoomPeering, PresentRoom {
  readonly room: Room;
  readonly roster: Roster;
  /** By boot. */
  readonly peers = new Map<string, RoomPeer>();
  readonly #services: RoomPeersServices;
  readonly #parts: PartExchange;
  readonly #ways: RoomWays;
  #checkedAtMs = 0;
  #closed = false;

  constructor(room: Room, firstVersion: number, services: RoomPeersServices) {
    this.room = room;
    this.#services = services;
    this.#parts = new PartExchange(room, this.peers, firstVersion, services);
    this.roster = new Roster(room, this.peers, services);
    this.#ways = new RoomWays(room, this.peers, services, (subscribed) => {
      this.#parts.channel = subscribed;
      services.changed(this);
    });
  }

  get version(): number {
    return this.#parts.version;
  }

  /** Enters the room in the registry, and holds back `ready` until its other edges have answered. */
  open(): void {
    this.#parts.open();
    this.#services.presence.hold(this.room.name, this);
  }

  touched(streamId: StreamId, moved: boolean): void {
    if (this.room.members.get(streamId)?.announced) this.roster.arrived(streamId);
    this.#parts.touch(streamId, moved);
    this.#services.changed(this);
  }

  interest(): void {
    this.#services.changed(this);
  }

  joined(): Promise<void> | undefined {
    return this.#services.reachable() ? this.#parts.joined() : undefined;
  }

  participants(): number {
    return this.room.members.size;
  }

  /** Some of the places, from the registry or a ticket: whoever is there is greeted at once. */
  placesNamed(places: readonly PeerAddress[]): void {
    if (this.#closed) return;
    for (const place of places) {
      const at = this.peers.get(place.boot) ?? this.#add(place);
      if (at !== undefined && !at.told) this.#parts.greet(at);
    }
  }

  placesKnown(places: RoomPlaces | undefined): void {
    if (this.#closed) return;
    const nowMs = this.#services.clock.now();
    const found = new Set(places?.places.map(({ boot }) => boot));
    this.placesNamed(places?.places ?? []);
    for (const at of this.peers.values()) {
      if (places?.complete !== true || found.has(at.peer.boot)) at.lackingSinceMs = undefined;
      else at.lackingSinceMs ??= nowMs;
    }
    this.#parts.registryAnswered();
  }

  /** One page of a peer's part. */
  heardPart(peer: Peer, page: PeerContentOf<'part'>, nowMs: number): void {
    const at = this.#of(peer);
    if (at === undefined) return;
    if (at.part === undefined || page.version > at.part.version) {
      if (at.assembly === undefined || at.assembly.version < page.version)
        at.assembly = new PartAssembly(page);
      const whole = at.assembly.version === page.version ? at.assembly.add(page) : undefined;
      if (whole === undefined) return;
      at.assembly = undefined;
      this.#replace(at, whole, nowMs);
    } else if (page.page < page.pages - 1) return;
    // What was told may have ended the last session here.
    if (this.#closed) return;
    if (page.ack !== undefined) this.#parts.answerGreeting(at, page.ack, nowMs);
    if (page.answer !== undefined) this.#parts.answered(at, page.answer);
  }

  heardChange(peer: Peer, change: PartChange, nowMs: number): void {
    const at = this.#of(peer);
    if (at === undefined) return;
    const { part } = at;
    if (part === undefined || change.version > part.version + 1) {
      if (part !== undefined) this.#services.counters.gaps += 1;
      this.#parts.ask(at, nowMs);
      return;
    }
    if (change.version <= part.version) return;
    part.change(change);
    for (const { streamId } of change.participants ?? []) this.roster.put(at, streamId as StreamId);
    for (const { streamId, moved } of change.left ?? []) {
      this.roster.drop(at, streamId as StreamId, moved ?? false);
    }
    this.#heardSessions(change);
    if (change.interested !== undefined || change.channel !== undefined || change.wanted !== undefined) {
      this.#ways.update(nowMs);
    }
  }

  /** What a peer's digest says: its version, and what it has seen of ours (0: nothing). */
  heardVersion(peer: Peer, version: number, seen: number, nowMs: number): void {
    const at = this.#of(peer);
    if (at === undefined) return;
    if (at.part?.version !== version) {
      if (at.part !== undefined) this.#services.counters.gaps += 1;
      this.#parts.ask(at, nowMs);
    }
    if (seen === 0) this.#parts.answerAsk(at, nowMs);
  }

  heardAsk(peer: Peer, nowMs: number): void {
    const at = this.#of(peer);
    if (at !== undefined) this.#parts.answerAsk(at, nowMs);
  }

  /** The peer does not hold the room, or no longer; whoever was there may be on the way elsewhere. */
  heardGone(peer: Peer): void {
    const at = this.peers.get(peer.boot);
    if (at !== undefined) this.#remove(at, true);
  }

  /** The peer fell silent or was heard again. */
  silence(peer: Peer): void {
    const at = this.peers.get(peer.boot);
    if (at !== undefined) this.roster.silence(at);
  }

  /** What the peer is to find in a digest: 0 when nothing of it is known. */
  seenOf(peer: Peer): number {
    return this.peers.get(peer.boot)?.part?.version ?? 0;
  }

  /** A way of media reaches nobody: if it is one of this room's, who is there is looked up again. */
  deaf(link: OutgoingLink): void {
    if (this.#ways.uses(link)) this.#services.presence.check(this.room.name);
  }

  /** Tells the peers what has changed. */
  flush(): void {
    if (this.#closed) return;
    this.#parts.flush();
    this.#services.presence.counted(this.room.name);
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    this.roster.tick(nowMs);
    this.#ways.tick(nowMs);
    for (const at of this.peers.values()) {
      if (at.part !== undefined && !at.peer.silent) continue;
      this.#check(nowMs);
      if (!this.#isGone(at, nowMs)) continue;
      this.#services.counters.reapedParts += 1;
      this.#remove(at, false);
    }
  }

  /** Nobody is here any more. @param tell false when the peers were told that the whole edge goes */
  close(tell: boolean): void {
    const { sender, presence } = this.#services;
    if (tell) this.#parts.flush();
    this.#closed = true;
    this.#parts.close();
    const peers = [...this.peers.values()].map(({ peer }) => peer);
    if (tell) sender.send(peers, { type: 'gone', room: this.room.name });
    for (const peer of peers) peer.rooms.delete(this.room.name);
    this.peers.clear();
    this.#ways.close();
    presence.release(this.room.name);
  }

  #of(peer: Peer): RoomPeer | undefined {
    return this.peers.get(peer.boot) ?? this.#add(peer.address);
  }

  #add(address: PeerAddress): RoomPeer | undefined {
    if (this.peers.size >= MAX_PARTS_PER_ROOM) {
      this.#services.counters.overBound += 1;
      return undefined;
    }
    const peer = this.#services.peer(address);
    if (peer === undefined) return undefined;
    const at = new RoomPeer(peer);
    this.peers.set(peer.boot, at);
    peer.rooms.add(this.room.name);
    return at;
  }

  #replace(at: RoomPeer, whole: WholePart, nowMs: number): void {
    const before = at.part?.participants;
    at.part ??= new RemotePart();
    const missing = at.part.replace(whole);
    const left = new Set(whole.left?.map(({ streamId }) => streamId));
    // A change that said how they left was lost; unless it is told again, the careful reading is that they moved.
    for (const streamId of missing) this.roster.drop(at, streamId, !left.has(streamId));
    for (const [streamId, participant] of at.part.participants) {
      const known = before?.get(streamId);
      if (known === undefined || !isSameParticipant(known, participant)) this.roster.put(at, streamId);
    }
    this.#heardSessions(whole);
    this.#ways.update(nowMs);
  }

  #heardSessions({ sessions }: Pick<PartChange, 'sessions'>): void {
    for (const { streamId, generation } of sessions ?? [])
      this.roster.session(streamId as StreamId, generation);
  }

  #remove(at: RoomPeer, moved: boolean): void {
    const nowMs = this.#services.clock.now();
    this.peers.delete(at.peer.boot);
    at.peer.rooms.delete(this.room.name);
    for (const streamId of at.part?.participants.keys() ?? []) this.roster.drop(at, streamId, moved);
    this.#ways.update(nowMs);
    this.#parts.forget(at);
  }

  #check(nowMs: number): void {
    if (nowMs - this.#checkedAtMs < ROOM_ENTRY_RETRY_MS) return;
    this.#checkedAtMs = nowMs;
    this.#services.presence.check(this.room.name);
  }

  /** Silent for its grace, and the registry, asked again and again, was without it all the time. */
  #isGone({ lackingSinceMs, peer, part }: RoomPeer, nowMs: number): boolean {
    if (lackingSinceMs === undefined || nowMs - lackingSinceMs < PEER_LACKING_MS) return false;
    if (part !== undefined && nowMs - peer.silentSinceMs < RECONNECT_GRACE_MS) return false;
    return this.#services.settled(nowMs);
  }
}
