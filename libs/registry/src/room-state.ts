import type { RoomId } from '@partyline/protocol';
import type { MemberRecord, RoomRecord, RoomSettings } from './registry.ts';
import { type Seat, Seats } from './seats.ts';

interface StoredMember {
  record: MemberRecord;
  /** When its edge was last known to be alive. */
  edgeSeenAtMs: number;
}

/** One room of a registry in memory: its settings, seats and members. */
export class RoomState {
  readonly room: RoomId;
  readonly settings: RoomSettings;
  readonly createdAt: number;
  readonly seats: Seats;
  readonly members = new Map<number, StoredMember>();
  /** When somebody was last in it or about to be. */
  occupiedAtMs: number;

  constructor(room: RoomId, settings: RoomSettings, nowMs: number, seats = new Seats()) {
    this.seats = seats;
    this.room = room;
    this.settings = settings;
    this.createdAt = Math.floor(nowMs);
    this.occupiedAtMs = nowMs;
  }

  record(): RoomRecord {
    let publishers = 0;
    for (const { record } of this.members.values()) if (record.publisher) publishers += 1;
    return {
      room: this.room,
      ...this.settings,
      createdAt: this.createdAt,
      participants: this.members.size,
      publishers,
    };
  }

  /** The member on the identity's newest seat; without a seat, as after a loss of state, any of its members. */
  memberOf(identity: string): MemberRecord | undefined {
    const seat = this.seats.get(identity);
    if (seat !== undefined) return this.members.get(seat.streamId)?.record;
    for (const { record } of this.members.values()) if (record.identity === identity) return record;
    return undefined;
  }

  /** Whether the seat counts against the limit of participants. */
  isOccupied(seat: Seat, nowMs: number): boolean {
    return nowMs < seat.pendingUntilMs || this.members.has(seat.streamId);
  }

  /** Participants and those whose hello is expected; a member without a seat counts as well. */
  occupancy(nowMs: number): number {
    let count = this.members.size;
    for (const seat of this.seats.values()) {
      if (nowMs < seat.pendingUntilMs && !this.members.has(seat.streamId)) count += 1;
    }
    return count;
  }

  /** Forgets seats whose participant was last here longer ago than a ticket lives. */
  sweepSeats(nowMs: number, retentionMs: number): void {
    this.seats.forget((seat) => {
      if (this.members.has(seat.streamId)) seat.seenAtMs = nowMs;
      return nowMs >= seat.seenAtMs + retentionMs;
    });
  }
}
