import type { ControlOrder, OrderOutcome } from '@partyline/bus';
import { type Identity, REMOVED_WITHOUT_REASON, type RoomId } from '@partyline/protocol';
import type { Tracing } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import type { Drain } from '../drain/drain.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Joining } from '../sessions/joining.ts';
import type { MemberRecords } from './member-records.ts';

export interface OrdersServices {
  rooms: Rooms;
  joining: Joining;
  records: MemberRecords;
  drain: Pick<Drain, 'begin' | 'resume'>;
  counters: EdgeCounters;
  tracing: Tracing;
  /** What `status` is answered with. */
  status: () => Promise<unknown>;
}

/** Carries out what directories order: moderation, replaced identities, closed rooms, drains. */
export class Orders {
  readonly #services: OrdersServices;

  constructor(services: OrdersServices) {
    this.#services = services;
  }

  /**
   * Carries out an order, or answers what it asks for.
   * @param traceparent trace context of the directory's order
   */
  async take(
    order: ControlOrder,
    traceparent: string | undefined,
  ): Promise<OrderOutcome | { outcome: OrderOutcome; answer: unknown }> {
    if (order.kind === 'status') return { outcome: 'done', answer: await this.#services.status() };
    if (traceparent === undefined) return this.handle(order);
    const { tracing } = this.#services;
    return tracing.within(`edge order ${order.kind}`, { kind: 'consumer', parent: traceparent }, (span) => {
      const outcome = this.handle(order);
      span.set({ 'partyline.outcome': outcome });
      return outcome;
    });
  }

  /** `not_here` if the room or the participant is not on this edge. */
  handle(order: Exclude<ControlOrder, { kind: 'status' }>): OrderOutcome {
    this.#services.counters.orders += 1;
    if (order.kind === 'drain') {
      if (order.resume) this.#services.drain.resume();
      else this.#services.drain.begin(order.windowMs);
      return 'done';
    }
    if (!('room' in order)) return 'not_here';
    const room = this.#services.rooms.all.get(order.room as RoomId);
    if (room === undefined) return 'not_here';
    if (order.kind === 'close_room') {
      this.#closeRoom(room);
      return 'done';
    }
    // Orders for recorders come here by mistake only.
    if (!('identity' in order)) return 'not_here';
    const member = room.identities.get(order.identity as Identity);
    if (member === undefined) return 'not_here';
    switch (order.kind) {
      case 'mute':
        this.#mute(room, member, order.muted);
        break;
      case 'selection':
        room.setSelection(member, order.selection);
        this.#services.records.changed(member);
        break;
      case 'remove':
        member.session?.close('removed', 'removed', order.reason || REMOVED_WITHOUT_REASON);
        this.#services.joining.drop(member);
        break;
      case 'replace':
        // The order may come after the new session's hello: that one is to stay.
        if (member.resumeId === order.resumeId) return 'not_here';
        if (order.replaces !== undefined && order.replaces !== member.streamId) return 'not_here';
        this.#services.joining.replace(member);
        break;
    }
    return 'done';
  }

  #mute(room: Room, member: Member, muted: boolean): void {
    if (member.moderated === muted) return;
    member.moderated = muted;
    member.session?.send({ type: 'moderated', muted });
    room.announcements.updated(member);
    this.#services.records.changed(member);
  }

  #closeRoom(room: Room): void {
    for (const member of [...room.members.values()]) {
      member.session?.close('roomClosed', 'room_closed', 'This room was closed.');
      this.#services.joining.drop(member);
    }
  }
}
