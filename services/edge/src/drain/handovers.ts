import type { EdgeCounters } from '../counters.ts';
import { HANDED_OVER_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Joining } from '../sessions/joining.ts';
import type { Session } from '../sessions/session.ts';
import type { Moves } from './moves.ts';

export interface HandoversServices {
  joining: Joining;
  moves: Moves;
  counters: EdgeCounters;
}

/** Sessions whose participant goes on on another edge: they end without anybody being told that somebody left. */
export class Handovers {
  readonly #services: HandoversServices;

  constructor(services: HandoversServices) {
    this.#services = services;
  }

  /**
   * A newer generation of a member of this edge is on another edge (protocol rule 65). One that was told to move
   * goes on until it has handed over; any other ends here.
   */
  superseded(member: Member): void {
    const { joining, counters } = this.#services;
    const { session } = member;
    if (member.movedAway) return;
    counters.movedAway += 1;
    joining.moveAway(member);
    if (session === undefined) joining.drop(member);
    else if (!session.moving) session.end('superseded');
  }

  /** The client speaks on its new connection from here on (protocol rules 63 and 64). */
  handover(session: Session, member: Member, nowMs: number): void {
    const { joining, moves, counters } = this.#services;
    if (session.handedOver || member.shadow) return;
    session.handedOver = true;
    counters.handovers += 1;
    if (session.moving) counters.movesCompleted += 1;
    moves.closeAt(session, nowMs + HANDED_OVER_MS);
    if (member.movedAway) return;
    counters.movedAway += 1;
    joining.moveAway(member);
  }
}
