import { randomBytes } from 'node:crypto';
import {
  CLOSE,
  type ClientMessageOf,
  type Identity,
  PROTOCOL_VERSION,
  type RoomId,
  type StreamId,
} from '@partyline/protocol';
import type { Clock } from '@partyline/runtime';
import type { TicketClaims } from '@partyline/tokens';
import type { EdgeConfig } from '../config.ts';
import type { EdgeCounters } from '../counters.ts';
import {
  ACK_MS,
  HEARTBEAT_MS,
  HEARTBEAT_TOPICS,
  MAX_ANNOUNCED_AT_ONCE,
  RECONNECT_GRACE_MS,
  REPORT_MS,
} from '../limits.ts';
import type { FlowControl } from '../media/flow-control.ts';
import type { Lanes } from '../media/lanes.ts';
import { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { MemberRecords } from '../state/member-records.ts';
import type { Admitted, Refused } from './admission.ts';
import type { Session } from './session.ts';
import type { TicketRenewal } from './ticket-renewal.ts';
import type { UsedTickets } from './used-tickets.ts';

/** Closed by the client on purpose: normal, page gone, left. */
const LEFT_CODES: readonly number[] = [1000, 1001, CLOSE.left];

export interface JoiningServices {
  config: Pick<EdgeConfig, 'edgeId' | 'lastN' | 'maxFramesPerSecond'>;
  rooms: Rooms;
  flow: FlowControl;
  lanes: Lanes;
  usedTickets: UsedTickets;
  records: MemberRecords;
  renewal: TicketRenewal;
  clock: Clock;
  counters: EdgeCounters;
}

/** Members come, lose their connection, come back and leave. */
export class Joining {
  readonly #services: JoiningServices;
  /** Members without a connection. */
  readonly #lost = new Set<Member>();

  constructor(services: JoiningServices) {
    this.#services = services;
  }

  /** Seats an admitted session; synchronous, so that no two can do it at once. */
  join(
    session: Session,
    { claims, moderation }: Admitted,
    hello: ClientMessageOf<'hello'>,
  ): Refused | undefined {
    const { rooms, clock, counters, config, records, renewal } = this.#services;
    const nowMs = clock.now();
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
    const member = this.#memberFor(room, claims, nowMs);
    const resumeKey = this.#rotateKey(claims);
    member.session = session;
    session.member = member;
    session.room = room;
    session.phase = 'joined';
    session.setLimits(config.maxFramesPerSecond);
    room.change(member, () => {
      member.muted = hello.muted ?? member.muted;
      member.moderated = moderation.muted;
    });
    room.setSelection(member, moderation.selection);
    renewal.watch(session, hello.ticket, claims.exp * 1000);
    counters.welcomes += 1;
    this.#welcome(session, member, room, resumeKey, nowMs);
    records.changed(member);
    return undefined;
  }

  /** A joined session's connection has ended. */
  leave(session: Session, code: number): void {
    const { flow, lanes, clock, records } = this.#services;
    const { room, member } = session;
    if (room === undefined || member === undefined) return;
    flow.detach(session, room, 'closed');
    lanes.forget(room, session, clock.now());
    if (member.session !== session) return;
    member.session = undefined;
    if (LEFT_CODES.includes(code) || (code > CLOSE.left && code < 4100)) {
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
  }

  /** Takes out a member that has no connection. */
  drop(member: Member): void {
    const room = this.#services.rooms.all.get(member.room);
    if (room?.members.get(member.streamId) === member) this.#remove(room, member);
    this.#lost.delete(member);
  }

  /** Takes out everybody without a connection, as the edge itself goes. */
  dropAll(): void {
    for (const member of [...this.#lost]) this.drop(member);
  }

  #remove(room: Room, member: Member): void {
    const { rooms, records, clock } = this.#services;
    this.#lost.delete(member);
    room.remove(member);
    records.gone(member);
    rooms.closeIfEmpty(room, clock.now());
  }

  /** The same identity with another resume id: the older one is told and closed (protocol rule 32). */
  #replaceIdentity(claims: TicketClaims): void {
    const room = this.#services.rooms.all.get(claims.room as RoomId);
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

  #memberFor(room: Room, claims: TicketClaims, nowMs: number): Member {
    const known = room.members.get(claims.streamId as StreamId);
    if (known === undefined) {
      const member = new Member(claims, nowMs);
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

  #welcome(session: Session, member: Member, room: Room, resumeKey: string, nowMs: number): void {
    const { config, flow } = this.#services;
    const participants = [];
    for (const other of room.members.values()) {
      if (participants.length >= MAX_ANNOUNCED_AT_ONCE) break;
      if (other.announced) participants.push(other.info());
    }
    session.send({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      edge: config.edgeId,
      room: room.name,
      identity: member.identity,
      streamId: member.streamId,
      generation: member.generation,
      resumeKey,
      time: nowMs,
      lastN: config.lastN,
      moderated: member.moderated,
      canPublish: member.grants.publish,
      canSubscribe: member.grants.subscribe,
      ackMs: ACK_MS,
      reportMs: REPORT_MS,
      heartbeatMs: HEARTBEAT_MS,
      maxFramesPerSecond: config.maxFramesPerSecond,
      participants,
      listeners: room.silent,
    });
    session.connection.subscribe(
      HEARTBEAT_TOPICS[this.#services.counters.welcomes % HEARTBEAT_TOPICS.length]!,
    );
    session.connection.subscribe(room.controlTopic);
    if (member.grants.subscribe) flow.attach(session, room, room.topic);
    // Later ones come when something changes; who talks already is told now.
    const speakers = room.announcements.speakers();
    if (speakers.speakers.length > 0) session.send(speakers);
    session.send({ type: 'ready' });
  }
}
