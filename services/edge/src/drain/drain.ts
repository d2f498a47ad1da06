import type { Clock } from '@partyline/runtime';
import { type Logger, NO_SPAN, type TraceSpan, type Tracing } from '@partyline/telemetry';
import type { TicketClaims } from '@partyline/tokens';
import type { EdgeCounters } from '../counters.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Session } from '../sessions/session.ts';
import type { Moves } from './moves.ts';
import { type Scheduled, spread } from './spread.ts';

/** `draining`: everybody is being moved away; `drained`: nobody is left, and nobody is admitted. */
export type DrainState = 'serving' | 'draining' | 'drained';

export interface DrainServices {
  rooms: Rooms;
  moves: Moves;
  clock: Clock;
  counters: EdgeCounters;
  log: Logger;
  tracing: Tracing;
  /** Tells the registry at once that this edge is to be placed on, or no longer is. */
  tellLease: (draining: boolean) => void;
  /** Closes whatever is still connected. */
  closeAll: () => void;
  /** Connections open, and participants who have lost theirs. */
  left: () => { connections: number; lost: number };
  /** Nobody is left. */
  onDrained: () => void;
}

/**
 * Empties an edge without anybody hearing it: within a window everybody is told to move, room after room, and
 * what is left at its end is closed with a code that says to join elsewhere.
 */
export class Drain {
  readonly #services: DrainServices;
  #state: DrainState = 'serving';
  #scheduled: Scheduled<Session>[] = [];
  #startedAtMs = 0;
  #deadlineMs = 0;
  #closed = false;
  /** From its beginning to its end. */
  #span: TraceSpan = NO_SPAN;
  #waiting: (() => void)[] = [];

  constructor(services: DrainServices) {
    this.#services = services;
  }

  get state(): DrainState {
    return this.#state;
  }

  /** When what is left is closed, epoch ms. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Begins, or ends sooner than was said before: a later end is not granted. 0 closes everybody at once. */
  begin(windowMs: number): void {
    const { clock, counters, log, tellLease, tracing } = this.#services;
    const nowMs = clock.now();
    if (this.#state === 'serving') {
      this.#state = 'draining';
      this.#startedAtMs = nowMs;
      this.#deadlineMs = nowMs + windowMs;
      this.#closed = false;
      counters.drains += 1;
      tellLease(true);
      this.#scheduled = windowMs === 0 ? [] : spread(this.#groups(), windowMs);
      const sessions = this.#scheduled.length;
      this.#span = tracing.begin('edge drain', {
        attributes: { 'partyline.window_ms': windowMs, 'partyline.sessions': sessions },
      });
      this.#span.run(() =>
        log.info({ windowMs, sessions }, 'Draining: participants are moved to other edges.'),
      );
    } else if (this.#state === 'draining' && nowMs + windowMs < this.#deadlineMs) {
      const behind = this.#scheduled.map(({ item }) => [item]);
      this.#startedAtMs = nowMs;
      this.#deadlineMs = nowMs + windowMs;
      this.#scheduled = spread(behind, windowMs);
    }
    this.tick(nowMs);
  }

  /** Takes participants again. Who was told to move goes all the same. */
  resume(): void {
    if (this.#state === 'serving') return;
    this.#state = 'serving';
    this.#scheduled = [];
    this.#services.moves.cancel();
    this.#services.tellLease(false);
    this.#span.run(() => this.#services.log.info('Serving again: the drain was called off.'));
    this.#span.event('called off');
    this.#settle();
  }

  /** Resolves when nobody is left, or the drain was called off. */
  done(): Promise<void> {
    if (this.#state !== 'draining') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Whether a hello with this ticket is refused (protocol rule 68). */
  refuses(claims: TicketClaims): boolean {
    if (this.#state === 'serving') return false;
    if (this.#state === 'drained') return true;
    const member = this.#services.rooms.all
      .get(claims.room as Room['name'])
      ?.members.get(claims.streamId as never);
    return member === undefined || member.resumeId !== claims.resumeId || member.movedAway;
  }

  /** A session has joined: one that came back while draining is told to move again. */
  joined(session: Session): void {
    if (this.#state === 'draining') this.#tell(session);
  }

  /** Tells whom to tell, closes what is overdue. Call it every TICK_MS. */
  tick(nowMs: number): void {
    if (this.#state !== 'draining') return;
    const { closeAll, left } = this.#services;
    const sinceMs = nowMs - this.#startedAtMs;
    let due = 0;
    while (due < this.#scheduled.length && this.#scheduled[due]!.afterMs <= sinceMs) {
      this.#tell(this.#scheduled[due]!.item);
      due += 1;
    }
    this.#scheduled.splice(0, due);
    const { connections, lost } = left();
    const overdue = nowMs >= this.#deadlineMs;
    if (overdue && !this.#closed) {
      this.#closed = true;
      this.#span.set({ 'partyline.overdue': connections });
      closeAll();
    }
    if ((connections === 0 || this.#closed) && (lost === 0 || overdue)) this.#finish();
  }

  /** The moves of a drain are part of its trace. */
  #tell(session: Session): void {
    this.#span.run(() => this.#services.moves.tell(session, this.#deadlineMs));
  }

  #finish(): void {
    this.#state = 'drained';
    this.#scheduled = [];
    this.#span.run(() => this.#services.log.info('Drained: nobody is left on this edge.'));
    this.#services.onDrained();
    this.#settle();
  }

  #settle(): void {
    this.#span.end();
    this.#span = NO_SPAN;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Sessions by room, so that each room moves as one. */
  #groups(): Session[][] {
    const groups: Session[][] = [];
    for (const room of this.#services.rooms.all.values()) {
      const sessions: Session[] = [];
      for (const { session } of room.members.values()) if (session !== undefined) sessions.push(session);
      if (sessions.length > 0) groups.push(sessions);
    }
    return groups;
  }
}
