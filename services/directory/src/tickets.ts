import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import {
  TICKET_GRACE_SECONDS,
  type TicketClaims,
  type TicketSigner,
  type TicketVerifier,
} from '@partyline/tokens';
import type { DirectoryConfig } from './config.ts';

export type RenewResult =
  /** `expiresAt` in epoch ms. */
  | { ok: true; ticket: string; expiresAt: number }
  /** `session_over`: replaced, removed, or the room was deleted. `retryAfterSeconds` comes with `too_early`. */
  | {
      ok: false;
      reason: 'too_early' | 'session_over' | 'expired' | 'forged' | 'malformed' | 'unknown_key';
      detail: string;
      retryAfterSeconds?: number;
    };

export interface TicketsDeps {
  registry: Pick<Registry, 'seatIsCurrent' | 'member'>;
  ticketSigner: TicketSigner;
  tickets: TicketVerifier;
  clock: Clock;
}

/** Exchanges tickets for younger ones, so that a reconnect hours later still finds a valid one. */
export class Tickets {
  readonly #config: Pick<DirectoryConfig, 'ticketTtlSeconds'>;
  readonly #deps: TicketsDeps;

  constructor(config: Pick<DirectoryConfig, 'ticketTtlSeconds'>, deps: TicketsDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  /** A fresh ticket for the same session, once half of the old one's time is over. Never throws for a bad one. */
  async renew(ticket: string): Promise<RenewResult> {
    const nowMs = this.#deps.clock.now();
    const checked = await this.#deps.tickets.verify(ticket, { nowMs, graceSeconds: TICKET_GRACE_SECONDS });
    if (!checked.ok) return { ok: false, reason: checked.reason, detail: checked.detail };
    return this.renewClaims(checked.claims);
  }

  /** The same for a ticket that has been verified. */
  async renewClaims(claims: TicketClaims): Promise<RenewResult> {
    const { registry, ticketSigner, clock } = this.#deps;
    // Where the room is by then the edge knows better.
    const { iat, exp, places: _, ...content } = claims;
    const secondsToHalf = iat + (exp - iat) / 2 - clock.now() / 1_000;
    if (secondsToHalf > 0) {
      const detail = 'A ticket is renewed once half of its time is over.';
      return { ok: false, reason: 'too_early', detail, retryAfterSeconds: Math.ceil(secondsToHalf) };
    }
    const { room, sub, resumeId, generation } = claims;
    if (!(await registry.seatIsCurrent(room, sub, resumeId, generation))) {
      const detail = 'The session of this ticket was replaced, removed or closed.';
      return { ok: false, reason: 'session_over', detail };
    }
    // A session that came to a fall-back edge stays there: its next ticket names where it is.
    const member = await registry.member(room, sub);
    const edge = member?.generation === generation ? member.edge : claims.edge;
    const signed = await ticketSigner.sign({ ...content, edge }, this.#config.ticketTtlSeconds);
    return { ok: true, ticket: signed.ticket, expiresAt: signed.claims.exp * 1_000 };
  }
}
