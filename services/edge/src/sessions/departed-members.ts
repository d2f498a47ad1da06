import { RECONNECT_GRACE_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { MemberRecords } from '../state/member-records.ts';

export interface DepartedMembersServices {
  rooms: Rooms;
  records: MemberRecords;
}

/** Members without a connection that were sent away, and may come back on another edge within their grace. */
export class DepartedMembers {
  readonly #services: DepartedMembersServices;
  /** And when; oldest first. */
  readonly #atMs = new Map<Member, number>();

  constructor(services: DepartedMembersServices) {
    this.#services = services;
  }

  add(member: Member, nowMs: number): void {
    this.#atMs.set(member, nowMs);
  }

  /** Ends the records of those who have come back nowhere; a newer session's is not touched. Call it every TICK_MS. */
  tick(nowMs: number): void {
    const { rooms, records } = this.#services;
    for (const [member, atMs] of this.#atMs) {
      if (nowMs - atMs <= RECONNECT_GRACE_MS) return;
      this.#atMs.delete(member);
      const isBack = rooms.all.get(member.room)?.members.has(member.streamId) ?? false;
      if (!isBack) records.gone(member);
    }
  }
}
