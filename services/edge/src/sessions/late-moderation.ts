import { type Identity, REMOVED_WITHOUT_REASON, type RoomId } from '@partyline/protocol';
import type { ModerationState } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { EdgeCounters } from '../counters.ts';
import { REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { MemberRecords } from '../state/member-records.ts';
import { within } from '../within.ts';

/** How often the registry is asked about those whose hello it did not answer, in ms. */
const ASK_EVERY_MS = 1_000;
/** Questions under way at once. */
const MAX_AT_ONCE = 16;

export interface LateModerationServices {
  moderationOf: (room: RoomId, identity: Identity) => Promise<ModerationState>;
  rooms: Pick<Rooms, 'all'>;
  records: Pick<MemberRecords, 'changed'>;
  clock: Pick<Clock, 'now'>;
  counters: EdgeCounters;
  /** Takes a member out of its room. */
  drop: (member: Member) => void;
}

/** What moderators decided and no hello has brought: since a shadow's hello, or while the registry was away. */
export class LateModeration {
  readonly #services: LateModerationServices;
  /** Members of this edge, so bounded as these are. */
  readonly #unknown = new Set<Member>();
  #notBeforeMs = 0;
  #asking = false;

  constructor(services: LateModerationServices) {
    this.#services = services;
  }

  /** The registry could not be asked at this member's hello: it is until it answers. */
  unknown(member: Member): void {
    this.#unknown.add(member);
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    if (this.#unknown.size === 0 || this.#asking || nowMs < this.#notBeforeMs) return;
    this.#notBeforeMs = nowMs + ASK_EVERY_MS;
    this.#asking = true;
    void this.#askAll().finally(() => {
      this.#asking = false;
    });
  }

  /** @returns false when the registry did not answer: what was known holds, as for anybody else */
  async ask(member: Member): Promise<boolean> {
    const { moderationOf, counters } = this.#services;
    if (!this.#isHere(member)) return true;
    try {
      this.#apply(member, await within(moderationOf(member.room, member.identity), REGISTRY_TIMEOUT_MS));
      return true;
    } catch {
      counters.registryFailures += 1;
      return false;
    }
  }

  async #askAll(): Promise<void> {
    const members = [...this.#unknown];
    let isAway = false;
    const work = async (): Promise<void> => {
      for (let member = members.pop(); member !== undefined && !isAway; member = members.pop()) {
        if (await this.ask(member)) this.#unknown.delete(member);
        else isAway = true;
      }
    };
    await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  }

  #apply(member: Member, { muted, removedUntil, selection }: ModerationState): void {
    const { rooms, records, clock, drop } = this.#services;
    const room = rooms.all.get(member.room);
    if (room === undefined || !this.#isHere(member)) return;
    if (removedUntil > clock.now()) {
      member.session?.close('removed', 'removed', REMOVED_WITHOUT_REASON);
      drop(member);
      return;
    }
    room.setSelection(member, selection);
    if (member.moderated === muted) return;
    member.moderated = muted;
    member.session?.send({ type: 'moderated', muted });
    room.announcements.updated(member);
    records.changed(member);
  }

  #isHere(member: Member): boolean {
    return this.#services.rooms.all.get(member.room)?.members.get(member.streamId) === member;
  }
}
