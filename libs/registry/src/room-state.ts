import { randomBytes } from 'node:crypto';
import type { RoomId } from '@partyline/protocol';
import type { RoomEvent, RoomVersion } from './event-log.ts';
import type { MemberRecord, RoomRecord, RoomSettings } from './registry.ts';
import { type Seat, Seats } from './seats.ts';

interface StoredMember {
  record: MemberRecord;
  /** When its edge was last known to be alive. */
  edgeSeenAtMs: number;
}

/** Takes what happened to a room, in the step in which it happens. */
export type EventSink = (event: RoomEvent) => void;

/** One room of a registry in memory: its settings, seats and members. */
export class RoomState {
  readonly room: RoomId;
  readonly settings: RoomSettings;
  readonly createdAt: number;
  readonly seats: Seats;
  readonly #members = new Map<number, StoredMember>();
  readonly #incarnation: string;
  readonly #emit: EventSink;
  #counter = 0;
  /** Somebody was in it. */
  #isStarted = false;
  /** When somebody was last in it or about to be. */
  occupiedAtMs: number;

  /** @param incarnationMs later than that of any earlier life of the room */
  constructor(
    room: RoomId,
    settings: RoomSettings,
    { nowMs, incarnationMs }: { nowMs: number; incarnationMs: number },
    emit: EventSink,
    seats = new Seats(),
  ) {
    this.seats = seats;
    this.room = room;
    this.settings = settings;
    this.createdAt = Math.floor(nowMs);
    this.occupiedAtMs = nowMs;
    this.#incarnation = `${incarnationMs}-${randomBytes(6).toString('base64url')}`;
    this.#emit = emit;
  }

  get members(): ReadonlyMap<number, StoredMember> {
    return this.#members;
  }

  record(): RoomRecord {
    let publishers = 0;
    for (const { record } of this.#members.values()) if (record.publisher) publishers += 1;
    return {
      room: this.room,
      ...this.settings,
      createdAt: this.createdAt,
      participants: this.#members.size,
      publishers,
    };
  }

  put(member: MemberRecord, nowMs: number): void {
    const isNew = !this.#members.has(member.streamId);
    this.#members.set(member.streamId, { record: { ...member }, edgeSeenAtMs: nowMs });
    this.occupiedAtMs = nowMs;
    if (!isNew) return;
    if (!this.#isStarted) {
      this.#isStarted = true;
      const at = Math.floor(nowMs);
      this.#emit({ type: 'room_started', at, room: this.room, version: this.#nextVersion() });
    }
    this.#participant('participant_joined', member, nowMs);
  }

  remove(member: MemberRecord, nowMs: number): void {
    if (!this.#members.delete(member.streamId)) return;
    this.occupiedAtMs = nowMs;
    this.#participant('participant_left', member, nowMs);
  }

  /** The room is forgotten, with whoever is in it. */
  end(nowMs: number): void {
    for (const { record } of [...this.#members.values()]) this.remove(record, nowMs);
    if (!this.#isStarted) return;
    const at = Math.floor(nowMs);
    this.#emit({ type: 'room_ended', at, room: this.room, version: this.#nextVersion() });
  }

  /** The member on the identity's newest seat; without a seat, as after a loss of state, any of its members. */
  memberOf(identity: string): MemberRecord | undefined {
    const seat = this.seats.get(identity);
    if (seat !== undefined) return this.#members.get(seat.streamId)?.record;
    for (const { record } of this.#members.values()) if (record.identity === identity) return record;
    return undefined;
  }

  /** Whether the seat counts against the limit of participants. */
  isOccupied(seat: Seat, nowMs: number): boolean {
    return nowMs < seat.pendingUntilMs || this.#members.has(seat.streamId);
  }

  /** Participants and those whose hello is expected; a member without a seat counts as well. */
  occupancy(nowMs: number): number {
    let count = this.#members.size;
    for (const seat of this.seats.values()) {
      if (nowMs < seat.pendingUntilMs && !this.#members.has(seat.streamId)) count += 1;
    }
    return count;
  }

  /** Forgets seats whose participant was last here longer ago than a ticket lives. */
  sweepSeats(nowMs: number, retentionMs: number): void {
    this.seats.forget((seat) => {
      if (this.#members.has(seat.streamId)) seat.seenAtMs = nowMs;
      return nowMs >= seat.seenAtMs + retentionMs;
    });
  }

  #participant(
    type: 'participant_joined' | 'participant_left',
    { identity, streamId, name }: MemberRecord,
    nowMs: number,
  ): void {
    const version = this.#nextVersion();
    this.#emit({ type, at: Math.floor(nowMs), room: this.room, version, identity, streamId, name });
  }

  #nextVersion(): RoomVersion {
    this.#counter += 1;
    return { incarnation: this.#incarnation, counter: this.#counter };
  }
}
