import { Backoff, type Clock } from '@partyline/runtime';
import type { EdgeCounters } from '../counters.ts';
import type { FailureLog } from '../failure-log.ts';
import { MAX_RENEWALS_AT_ONCE } from '../limits.ts';
import { within } from '../within.ts';
import type { Session } from './session.ts';
import type { UsedTickets } from './used-tickets.ts';

export type RenewResult =
  /** `expiresAt` in epoch ms. */
  | { ok: true; ticket: string; expiresAt: number }
  /** Refused: `too_early` may ask again after `retryAfterSeconds`, anything else is final. */
  | { ok: false; reason: string; detail: string; retryAfterSeconds?: number };

/** Asks the directory for a newer ticket of the same session; rejects when the directory cannot be reached. */
export type RenewTicket = (ticket: string) => Promise<RenewResult>;

/** Tickets that are this short of time are renewed no more often, in ms. */
const LEAST_WAIT_MS = 1_000;
const RENEWAL_TIMEOUT_MS = 5_000;

export interface TicketRenewalServices {
  renewTicket: RenewTicket;
  usedTickets: UsedTickets;
  clock: Clock;
  counters: EdgeCounters;
  failures: FailureLog;
}

/** Gives every session a newer ticket at its half-life, for the next reconnect. */
export class TicketRenewal {
  readonly #services: TicketRenewalServices;
  readonly #backoff = new Backoff({ baseMs: 2_000, maxMs: 30_000 });
  /** Sessions in the order of their due times, nearly: those that fail go to the end. */
  readonly #watched = new Set<Session>();
  #running = 0;
  #away = false;

  constructor(services: TicketRenewalServices) {
    this.#services = services;
  }

  /** Whether the directory failed to renew the last ticket it was asked for. */
  get directoryAway(): boolean {
    return this.#away;
  }

  /** @param expiresAtMs of its ticket, in epoch ms */
  watch(session: Session, ticket: string, expiresAtMs: number): void {
    const nowMs = this.#services.clock.now();
    session.ticket = ticket;
    session.renewAtMs = nowMs + Math.max(LEAST_WAIT_MS, (expiresAtMs - nowMs) / 2);
    this.#watched.add(session);
  }

  /** Starts what is due. Call it every second or so. */
  tick(nowMs: number): void {
    for (const session of this.#watched) {
      if (session.phase === 'closed') this.#watched.delete(session);
      else if (session.renewAtMs <= nowMs && this.#running < MAX_RENEWALS_AT_ONCE) void this.#renew(session);
    }
  }

  async #renew(session: Session): Promise<void> {
    const { renewTicket, clock, counters, failures } = this.#services;
    this.#running += 1;
    // Not asked for again meanwhile.
    session.renewAtMs = Number.POSITIVE_INFINITY;
    try {
      const result = await within(renewTicket(session.ticket), RENEWAL_TIMEOUT_MS);
      this.#away = false;
      this.#backoff.reset();
      if (result.ok) {
        counters.renewals += 1;
        this.#renewed(session, result.ticket, result.expiresAt);
      } else {
        counters.renewalsRefused += 1;
        // A session that is over elsewhere ends here by an order; its ticket needs no successor.
        if (result.reason === 'too_early') {
          session.renewAtMs = clock.now() + Math.max(LEAST_WAIT_MS, (result.retryAfterSeconds ?? 0) * 1000);
        } else {
          this.#watched.delete(session);
        }
      }
    } catch (error) {
      counters.renewalFailures += 1;
      this.#away = true;
      failures.report(error, 'A ticket could not be renewed; it is tried again.');
      session.renewAtMs = clock.now() + LEAST_WAIT_MS + this.#backoff.nextDelayMs();
    } finally {
      this.#running -= 1;
    }
  }

  #renewed(session: Session, ticket: string, expiresAt: number): void {
    const { member } = session;
    if (session.phase !== 'joined' || member === undefined) return;
    this.watch(session, ticket, expiresAt);
    this.#services.usedTickets.prolong(member.room, member.streamId, expiresAt);
    session.send({ type: 'ticket', ticket, expiresAt });
  }
}
