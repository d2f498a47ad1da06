import { ASSUMED_CODECS, type ParticipantInfo, type SelectionMode, type StreamId } from '@partyline/protocol';
import { MAX_HELD_DEPARTURES, MOVED_HOLD_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import { earlier } from '../rooms/recorded-since.ts';
import type { Room } from '../rooms/room.ts';
import type { PeerParticipant } from './peer-message.ts';
import type { RoomPeer } from './room-peer.ts';

/** A departure for good is remembered for this long, in ms: by then every edge has let go of older sessions. */
const LEFT_KEPT_MS = 30_000;

/** A participant that is on another edge. */
export interface RemoteParticipant {
  info: ParticipantInfo;
  generation: number;
  /** Undefined when it is on its way from one edge to another. */
  at: RoomPeer | undefined;
}

export interface RosterEvents {
  /** A remote participant has come, changed or gone; look it up. */
  changed(room: Room, streamId: StreamId): void;
  /** A session of this member with this higher generation is on another edge. */
  superseded(room: Room, member: Member, generation: number): void;
}

interface Claim {
  participant: PeerParticipant;
  at: RoomPeer;
}

interface Departure {
  generation: number;
  untilMs: number;
}

interface Held extends Departure {
  info: ParticipantInfo;
}

/**
 * The participants of a room that are on other edges. When several edges name one stream, the highest generation
 * counts: so a participant who moves is announced neither as left nor as joined.
 */
export class Roster {
  readonly #room: Room;
  readonly #peers: ReadonlyMap<string, RoomPeer>;
  readonly #events: RosterEvents;
  readonly #clock: { now(): number };
  readonly #claims = new Map<StreamId, Claim>();
  /** Left an edge for another one that has not named them yet. */
  readonly #held = new Map<StreamId, Held>();
  /** Left for good: what other edges still have of an older session is its remains. */
  readonly #left = new Map<StreamId, Departure>();

  /** @param peers by boot; looked through when a claim ends */
  constructor(
    room: Room,
    peers: ReadonlyMap<string, RoomPeer>,
    { events, clock }: { events: RosterEvents; clock: { now(): number } },
  ) {
    this.#room = room;
    this.#peers = peers;
    this.#events = events;
    this.#clock = clock;
  }

  get(streamId: StreamId): RemoteParticipant | undefined {
    const claim = this.#claims.get(streamId);
    if (claim === undefined || this.#isRemains(claim)) {
      const held = this.#held.get(streamId);
      return held && { info: held.info, generation: held.generation, at: undefined };
    }
    return { info: infoOf(claim), generation: claim.participant.generation, at: claim.at };
  }

  /** What moderators decided about a participant on another edge. */
  selectionOf(streamId: number): SelectionMode | undefined {
    return this.#claims.get(streamId as StreamId)?.participant.selection;
  }

  /** Every stream that is on another edge or on its way. */
  *streams(): Iterable<StreamId> {
    yield* this.#claims.keys();
    for (const streamId of this.#held.keys()) if (!this.#claims.has(streamId)) yield streamId;
  }

  /** The edges where these are; undefined when one of them is not known, such as somebody who only listens. */
  edgesOf(identities: ReadonlySet<string>): Set<RoomPeer> | undefined {
    const edges = new Set<RoomPeer>();
    const found = new Set<string>();
    for (const { participant, at } of this.#claims.values()) {
      if (!identities.has(participant.identity)) continue;
      found.add(participant.identity);
      edges.add(at);
    }
    return found.size === identities.size ? edges : undefined;
  }

  /** Those of other edges who only listen. */
  get listeners(): number {
    let listeners = 0;
    for (const { part } of this.#peers.values()) listeners += part?.listeners ?? 0;
    return listeners;
  }

  /** What the listeners of each other edge can decode; of those where nobody listens nothing. */
  get codecs(): (readonly number[])[] {
    const all: (readonly number[])[] = [];
    for (const { part } of this.#peers.values()) {
      if (part?.interested === true) all.push(part.codecs ?? ASSUMED_CODECS);
    }
    return all;
  }

  /** Since when somebody on another edge records, epoch ms; 0 when nobody does. */
  get recordedSinceMs(): number {
    let sinceMs = 0;
    for (const { part } of this.#peers.values()) sinceMs = earlier(sinceMs, part?.recordedSinceMs ?? 0);
    return sinceMs;
  }

  /** A peer has told something about this participant. */
  put(at: RoomPeer, streamId: StreamId): void {
    const participant = at.part?.participants.get(streamId);
    if (participant === undefined) return;
    const claim = { participant, at };
    const best = this.#claims.get(streamId);
    if (best !== undefined && best.at !== at && !beats(claim, best)) return;
    // What the best edge says anew may be less than what another one says.
    if (best?.at === at && !beats(claim, best)) this.#elect(streamId);
    else this.#claims.set(streamId, claim);
    this.#settle(streamId);
  }

  /** A peer no longer has this participant, who may have moved to another edge. */
  drop(at: RoomPeer, streamId: StreamId, moved: boolean): void {
    const best = this.#claims.get(streamId);
    if (best?.at !== at) return;
    this.#elect(streamId);
    if (!moved) this.left(streamId, best.participant.generation);
    else if (!this.#claims.has(streamId)) this.hold(infoOf(best), best.participant.generation);
    this.#settle(streamId);
  }

  /** Keeps a departure back for a while, for the participant is on the way to another edge. */
  hold(info: ParticipantInfo, generation: number): void {
    const streamId = info.streamId as StreamId;
    if (this.#claims.has(streamId) || this.#room.members.get(streamId)?.announced) return;
    if (this.#held.size >= MAX_HELD_DEPARTURES) return;
    if ((this.#left.get(streamId)?.generation ?? -1) >= generation) return;
    this.#held.delete(streamId);
    this.#held.set(streamId, { info, generation, untilMs: this.#clock.now() + MOVED_HOLD_MS });
  }

  /** Has left for good, from here or from another edge. */
  left(streamId: StreamId, generation: number): void {
    if ((this.#held.get(streamId)?.generation ?? 0) <= generation) this.#held.delete(streamId);
    this.#left.delete(streamId);
    if (this.#left.size >= MAX_HELD_DEPARTURES) return;
    this.#left.set(streamId, { generation, untilMs: this.#clock.now() + LEFT_KEPT_MS });
  }

  /** Has arrived here. */
  arrived(streamId: StreamId): void {
    this.#held.delete(streamId);
    this.#left.delete(streamId);
  }

  /** Another edge has this session, which is announced to nobody. */
  session(streamId: StreamId, generation: number): void {
    const member = this.#room.members.get(streamId);
    if (member === undefined || member.shadow || member.movedAway) return;
    if (generation > member.generation) this.#events.superseded(this.#room, member, generation);
  }

  /** The peer fell silent or was heard again. */
  silence(at: RoomPeer): void {
    for (const streamId of at.part?.participants.keys() ?? []) {
      const before = this.#claims.get(streamId)?.at;
      this.#elect(streamId);
      if (before === at || this.#claims.get(streamId)?.at === at) this.#settle(streamId);
    }
  }

  /** Lets departures out whose time is over. */
  tick(nowMs: number): void {
    // Each map is in the order of its times.
    for (const [streamId, { untilMs }] of this.#held) {
      if (nowMs < untilMs) break;
      this.#held.delete(streamId);
      this.#announce(streamId);
    }
    for (const [streamId, { untilMs }] of this.#left) {
      if (nowMs < untilMs) break;
      this.#left.delete(streamId);
    }
  }

  #isRemains({ participant }: Claim): boolean {
    const left = this.#left.get(participant.streamId as StreamId);
    return left !== undefined && participant.generation < left.generation;
  }

  #elect(streamId: StreamId): void {
    let best: Claim | undefined;
    for (const at of this.#peers.values()) {
      const participant = at.part?.participants.get(streamId);
      if (participant === undefined) continue;
      const claim = { participant, at };
      if (best === undefined || beats(claim, best)) best = claim;
    }
    if (best === undefined) this.#claims.delete(streamId);
    else this.#claims.set(streamId, best);
  }

  #settle(streamId: StreamId): void {
    const claim = this.#claims.get(streamId);
    if (claim !== undefined && !this.#isRemains(claim)) this.#held.delete(streamId);
    const member = this.#room.members.get(streamId);
    if (claim !== undefined && member !== undefined && !member.shadow && !member.movedAway) {
      const { generation } = claim.participant;
      const isGhost = generation === member.generation && member.session === undefined && !isLost(claim);
      if (generation > member.generation || isGhost) {
        this.#events.superseded(this.#room, member, generation);
      } else if (member.announced) return;
    }
    this.#announce(streamId);
  }

  #announce(streamId: StreamId): void {
    this.#room.announcements.touch(streamId);
    this.#events.changed(this.#room, streamId);
  }
}

const infoOf = (claim: Claim): ParticipantInfo => {
  const { generation: _, ...info } = claim.participant;
  return { ...info, reconnecting: isLost(claim) };
};

const isLost = ({ participant, at }: Claim): boolean => participant.reconnecting || at.peer.silent;

/** Whether a claim is better than another; the same on every edge as far as they know the same. */
const beats = (claim: Claim, other: Claim): boolean => {
  if (claim.participant.generation !== other.participant.generation) {
    return claim.participant.generation > other.participant.generation;
  }
  if (isLost(claim) !== isLost(other)) return !isLost(claim);
  return claim.at.peer.boot >= other.at.peer.boot;
};
