import { randomBytes } from 'node:crypto';
import {
  ASSUMED_CODECS,
  CLOSE,
  type ClientMessageOf,
  type Identity,
  type RoomId,
  type StreamId,
} from '@partyline/protocol';
import type { ModerationState } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Tracing } from '@partyline/telemetry';
import type { TicketClaims } from '@partyline/tokens';
import type { JoinDurations } from '../join-durations.ts';
import { FRESH_TICKET_SECONDS, RECONNECT_GRACE_MS } from '../limits.ts';
import type { Lanes } from '../media/lanes.ts';
import { Member } from '../rooms/member.ts';
import { believable } from '../rooms/recorded-since.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { MemberRecords } from '../state/member-records.ts';
import type { Admitted, Refused } from './admission.ts';
import { DepartedMembers } from './departed-members.ts';
import { LateModeration } from './late-moderation.ts';
import type { RoomPeers } from './room-peers.ts';
import type { Session } from './session.ts';
import type { TicketRenewal } from './ticket-renewal.ts';
import type { UsedTickets } from './used-tickets.ts';
import { type WelcomingServices, welcome } from './welcoming.ts';

/** Closed by the client on purpose: normal, page gone, left. */
const LEFT_CODES: readonly number[] = [1000, 1001, CLOSE.left];

export interface JoiningServices extends WelcomingServices {
  rooms: Rooms;
  lanes: Lanes;
  usedTickets: UsedTickets;
  records: MemberRecords;
  renewal: TicketRenewal;
  peers: RoomPeers;
  moderationOf: (room: RoomId, identity: Identity) => Promise<ModerationState>;
  joinDurations: JoinDurations;
  clock: Clock;
  tracing: Tracing;
}

/** Members come, lose their connection, come back and leave. */
export class Joining {
  readonly #services: JoiningServices;
  /** Members without a connection. */
  readonly #lost = new Set<Member>();
  readonly #departed: DepartedMembers;
  readonly #moderation: LateModeration;

  constructor(services: JoiningServices) {
    this.#services = services;
    this.#departed = new DepartedMembers(services);
    this.#moderation = new LateModeration({ ...services, drop: (member) => this.drop(member) });
  }

  /** Seats an admitted session; synchronous, so that no two can do it at once. */
  join(
    session: Session,
    { claims, moderation }: Admitted,
    hello: ClientMessageOf<'hello'>,
  ): Refused | undefined {
    const { rooms, clock, config, records, renewal, joinDurations, tracing } = this.#services;
    const nowMs = clock.now();
    const older = this.#olderThanElsewhere(claims, hello.shadow ?? false);
    if (older !== undefined) return older;
    this.#replaceIdentity(claims);
    const room = rooms.open(claims.room as RoomId, nowMs);
    if (room === undefined) {
      return {
        ok: false,
        reason: 'topics_exhausted',
        close: 'full',
        message: 'This edge holds too many rooms: join again.',
      };
    }
    const member = this.#memberFor(room, claims, hello.shadow ?? false, nowMs);
    const resumeKey = this.#rotateKey(claims);
    member.session = session;
    session.member = member;
    session.room = room;
    session.phase = 'joined';
    session.setLimits(config.maxFramesPerSecond);
    room.change(member, () => {
      member.muted = hello.muted ?? member.muted;
      member.codecs = hello.codecs ?? ASSUMED_CODECS;
      // Without an answer of the registry what is known here holds, until there is one.
      member.moderated = moderation?.muted ?? member.moderated;
    });
    // A resumed session says again whether it records.
    room.setRecording(member, member.grants.subscribe ? believable(hello.recording, nowMs) : 0);
    if (moderation === undefined) this.#moderation.unknown(member);
    else room.setSelection(member, moderation.selection);
    renewal.watch(session, hello.ticket, claims.exp * 1000);
    welcome(session, member, room, resumeKey, nowMs, this.#services);
    joinDurations.welcome.observe((nowMs - session.helloAtMs) / 1_000);
    session.joining.event('welcome');
    records.changed(member);
    const isFresh = nowMs / 1_000 - claims.iat < FRESH_TICKET_SECONDS;
    if (claims.places !== undefined && isFresh) this.#services.peers.named(room, claims.places);
    const waiting = tracing.below('edge greeting', {}, () => this.#services.peers.joined(room));
    if (waiting === undefined) this.#ready(session, member, room);
    else void waiting.then(() => this.#ready(session, member, room));
    return undefined;
  }

  /** The session is on another edge from here on; this connection, if any, goes on for a moment. */
  moveAway(member: Member): void {
    const room = this.#services.rooms.all.get(member.room);
    if (member.movedAway || room?.members.get(member.streamId) !== member) return;
    room.change(member, () => {
      member.movedAway = true;
    });
  }

  /** A joined session's connection has ended. */
  leave(session: Session, code: number): void {
    const { flow, lanes, clock, records, counters } = this.#services;
    const { room, member } = session;
    if (room === undefined || member === undefined) return;
    flow.detach(session, room, 'closed');
    lanes.forget(room, session, clock.now());
    if (session.moving && !session.handedOver) {
      if (code === CLOSE.goingAway) counters.movesOverdue += 1;
      else counters.movesAbandoned += 1;
    }
    if (member.session !== session) return;
    member.session = undefined;
    if (member.shadow) {
      counters.shadowsAbandoned += 1;
      this.#remove(room, member);
      return;
    }
    if (member.movedAway || LEFT_CODES.includes(code) || (code > CLOSE.left && code < 4100)) {
      this.#remove(room, member);
      return;
    }
    member.lostAtMs = clock.now();
    this.#lost.add(member);
    room.announcements.updated(member);
    records.changed(member);
  }

  /** Lets go of members whose grace is over. Call it every TICK_MS. */
  tick(nowMs: number): void {
    for (const member of this.#lost) {
      if (member.session !== undefined) this.#lost.delete(member);
      else if (nowMs - member.lostAtMs > RECONNECT_GRACE_MS) this.drop(member);
    }
    this.#departed.tick(nowMs);
    this.#moderation.tick(nowMs);
  }

  /** Takes out a member that has no connection. */
  drop(member: Member): void {
    const room = this.#services.rooms.all.get(member.room);
    if (room?.members.get(member.streamId) === member) this.#remove(room, member);
    this.#lost.delete(member);
  }

  /** Whether the session of these claims is on this edge, connected or not. */
  isHere({ room, streamId, resumeId, generation }: TicketClaims): boolean {
    const member = this.#services.rooms.all.get(room as RoomId)?.members.get(streamId as StreamId);
    if (member === undefined || member.movedAway) return false;
    return member.resumeId === resumeId && member.generation === generation;
  }

  /** Participants who may still come back. */
  get lost(): number {
    return this.#lost.size;
  }

  /**
   * Takes out everybody without a connection, as the edge is drained or goes. They may come back elsewhere: nobody
   * is told that they left, and their records stay for their grace.
   */
  dropAll(): void {
    const nowMs = this.#services.clock.now();
    for (const member of [...this.#lost]) {
      this.moveAway(member);
      const room = this.#services.rooms.all.get(member.room);
      if (room !== undefined) this.#takeOut(room, member);
      this.#departed.add(member, nowMs);
    }
  }

  #remove(room: Room, member: Member): void {
    this.#takeOut(room, member);
    // A newer session's record on another edge is not dropped by this.
    this.#services.records.gone(member);
  }

  #takeOut(room: Room, member: Member): void {
    const { rooms, clock } = this.#services;
    this.#lost.delete(member);
    room.remove(member);
    rooms.closeIfEmpty(room, clock.now());
  }

  /** Everything that others are told and asked was dealt with: the session counts from here on. */
  #ready(session: Session, member: Member, room: Room): void {
    const { counters, peers, records, clock, joinDurations } = this.#services;
    if (session.phase !== 'joined' || member.session !== session) return;
    if (member.shadow) {
      // What the other edges have said meanwhile may be newer still.
      if ((peers.generationElsewhere(room, member.streamId) ?? -1) >= member.generation) {
        session.end('superseded');
        return;
      }
      room.change(member, () => {
        member.shadow = false;
      });
      counters.shadowsReady += 1;
      records.changed(member);
      // What moderators decided since its hello went to the edge of its older session.
      void this.#moderation.ask(member);
    }
    session.send({ type: 'ready' });
    joinDurations.ready.observe((clock.now() - session.helloAtMs) / 1_000);
    session.joining.event('ready');
    session.joining.end();
  }

  /** Another edge has a newer session of the same participant, or, for a shadow, this very one. */
  #olderThanElsewhere(claims: TicketClaims, shadow: boolean): Refused | undefined {
    const { rooms, peers } = this.#services;
    const room = rooms.all.get(claims.room as RoomId);
    const elsewhere = room && peers.generationElsewhere(room, claims.streamId as StreamId);
    if (elsewhere === undefined || claims.generation > elsewhere) return undefined;
    if (claims.generation === elsewhere && !shadow) return undefined;
    return {
      ok: false,
      reason: 'superseded',
      close: 'superseded',
      message: 'A newer session of this participant is on another edge; use its ticket.',
    };
  }

  /**
   * The same identity with another resume id: the older one is told and closed (protocol rule 32). What is left of
   * a session that moved away, or a shadow that never was one, ends as well. Before the room is opened, for
   * this may be the end of it.
   */
  #replaceIdentity(claims: TicketClaims): void {
    const room = this.#services.rooms.all.get(claims.room as RoomId);
    const known = room?.members.get(claims.streamId as StreamId);
    if (known !== undefined && (known.shadow || known.movedAway)) known.session?.end('superseded');
    const other = room?.identities.get(claims.sub as Identity);
    if (other !== undefined && (other.resumeId !== claims.resumeId || other.streamId !== claims.streamId)) {
      this.replace(other);
    }
  }

  /** Tells a member that its identity has joined anew, and lets it go. */
  replace(member: Member): void {
    member.session?.close(
      'replaced',
      'replaced',
      'You joined again elsewhere, so this connection was closed.',
    );
    this.drop(member);
  }

  #memberFor(room: Room, claims: TicketClaims, shadow: boolean, nowMs: number): Member {
    const known = room.members.get(claims.streamId as StreamId);
    if (known === undefined) {
      const member = new Member(claims, nowMs);
      member.shadow = shadow;
      if (shadow) this.#services.counters.shadows += 1;
      room.add(member);
      return member;
    }
    this.#services.counters.resumed += 1;
    this.#lost.delete(known);
    const old = known.session;
    // Taken from the member first, so that its end is not taken for the member's.
    known.session = undefined;
    old?.end('superseded');
    room.change(known, () => known.update(claims));
    return known;
  }

  #rotateKey(claims: TicketClaims): string {
    const resumeKey = randomBytes(16).toString('base64url');
    this.#services.usedTickets.remember(
      claims.room,
      claims.streamId,
      claims.generation,
      resumeKey,
      claims.exp * 1000,
    );
    return resumeKey;
  }
}
