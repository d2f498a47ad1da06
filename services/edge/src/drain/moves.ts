import type { Clock } from '@partyline/runtime';
import { roomDigest, type Tracing } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import type { FailureLog } from '../failure-log.ts';
import { MAX_MOVE_TICKETS_AT_ONCE, MOVE_TICKET_TIMEOUT_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Session } from '../sessions/session.ts';
import { within } from '../within.ts';
import type { MoveResult, MoveTicket } from './move-tickets.ts';

export interface MovesServices {
  edgeId: string;
  moveTicket: MoveTicket;
  clock: Clock;
  counters: EdgeCounters;
  failures: FailureLog;
  tracing: Tracing;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Tells sessions to go to other edges, each with a ticket as far as a directory gives one (protocol rule 60), and
 * closes those whose time is over.
 */
export class Moves {
  readonly #services: MovesServices;
  /** To be told, in their order. */
  readonly #waiting: Session[] = [];
  #asking = 0;
  /** Those that are to be closed at some time. */
  readonly #closing = new Set<Session>();

  constructor(services: MovesServices) {
    this.#services = services;
  }

  /**
   * Tells one session to move, now or when fewer tickets are being asked for. One that was told only gets another
   * deadline.
   * @param deadlineMs when its connection is closed if it is still there, epoch ms
   */
  tell(session: Session, deadlineMs: number): void {
    if (session.phase !== 'joined' || session.handedOver || session.member?.movedAway) return;
    const told = session.closeAtMs !== NEVER;
    this.closeAt(session, deadlineMs);
    if (told) return;
    session.moving = true;
    this.#waiting.push(session);
    this.#next();
  }

  /** Closes the session at this time, if it is still open. */
  closeAt(session: Session, timeMs: number): void {
    session.closeAtMs = timeMs;
    this.#closing.add(session);
  }

  /** Tells nobody more, and closes nobody who has not handed over. */
  cancel(): void {
    this.#waiting.length = 0;
    for (const session of this.#closing) if (!session.handedOver) session.closeAtMs = NEVER;
  }

  /** Closes what is overdue. Call it every TICK_MS. */
  tick(nowMs: number): void {
    for (const session of this.#closing) {
      if (session.phase !== 'closed' && nowMs < session.closeAtMs) {
        if (session.closeAtMs === NEVER) this.#closing.delete(session);
        continue;
      }
      this.#closing.delete(session);
      if (session.handedOver) session.end('superseded');
      else session.close('goingAway', 'going_away', 'The time to move is over: join again for another edge.');
    }
  }

  #next(): void {
    while (this.#asking < MAX_MOVE_TICKETS_AT_ONCE) {
      const session = this.#waiting.shift();
      if (session === undefined) return;
      this.#asking += 1;
      void this.#move(session).finally(() => {
        this.#asking -= 1;
        this.#next();
      });
    }
  }

  async #move(session: Session): Promise<void> {
    const { tracing } = this.#services;
    const { member } = session;
    if (session.phase !== 'joined' || member === undefined) return;
    // Digests are made only for somebody who reads them.
    const attributes = tracing.on
      ? { 'partyline.room': roomDigest(member.room), 'partyline.stream_id': member.streamId }
      : {};
    await tracing.below('edge move', { attributes }, () => this.#tellMove(session, member));
  }

  async #tellMove(session: Session, member: Member): Promise<void> {
    const { clock, counters } = this.#services;
    const ticket = await this.#ticket(session);
    // It may have ended or handed over meanwhile, or is to stay after all.
    if (session.phase !== 'joined' || member.movedAway || session.closeAtMs === NEVER) return;
    counters.movesSent += 1;
    if (ticket === undefined) counters.movesWithoutTicket += 1;
    session.send({
      type: 'move',
      withinMs: Math.max(0, session.closeAtMs - clock.now()),
      ...(ticket && {
        ticket: ticket.ticket,
        expiresAt: ticket.expiresAt,
        edge: ticket.edge,
        url: ticket.url,
        fallbacks: ticket.fallbacks.slice(0, 8),
      }),
    });
  }

  async #ticket(session: Session): Promise<Extract<MoveResult, { ok: true }> | undefined> {
    const { edgeId, moveTicket, counters, failures } = this.#services;
    try {
      const result = await within(moveTicket(session.ticket, [edgeId]), MOVE_TICKET_TIMEOUT_MS);
      if (result.ok) return result;
      failures.report(
        result.detail,
        'A directory gave no ticket for another edge; the client asks for itself.',
      );
    } catch (error) {
      failures.report(error, 'No directory answers; participants move without a ticket.');
    }
    counters.moveTicketFailures += 1;
    return undefined;
  }
}
