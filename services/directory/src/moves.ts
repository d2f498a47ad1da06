import type { JoinReply, RoomId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import { TICKET_GRACE_SECONDS, type TicketVerifier } from '@partyline/tokens';
import type { Caller } from './callers.ts';
import type { Joins } from './joins.ts';
import { Problem, toProblem } from './problem.ts';

export type MoveResult =
  /** The ticket is of the next generation and names `edge`; `expiresAt` in epoch ms. */
  | {
      ok: true;
      ticket: string;
      expiresAt: number;
      edge: string;
      url: string;
      fallbacks: { edge: string; url: string }[];
    }
  /** Refused: the session is over, or no other edge can take it now. */
  | { ok: false; reason: string; detail: string; retryAfterSeconds?: number };

export interface MovesDeps {
  joins: Joins;
  registry: Pick<Registry, 'edges'>;
  tickets: TicketVerifier;
  clock: Clock;
}

type TicketCaller = Extract<Caller, { kind: 'ticket' }>;

/** Sends a session that goes on to another edge: same stream id and resume id, one generation up. */
export class Moves {
  readonly #deps: MovesDeps;

  constructor(deps: MovesDeps) {
    this.#deps = deps;
  }

  /**
   * @param avoid edges that are not chosen even when there is no other
   * @throws Problem when there is no edge or no seat
   */
  async move(caller: TicketCaller, avoid: readonly string[]): Promise<JoinReply> {
    const { joins, registry } = this.#deps;
    const room = caller.claims.room as RoomId;
    // A participant stays in the region it was placed in, as long as that has an edge for it.
    const edges = await registry.edges();
    const region = edges.find(({ edge }) => edge === caller.claims.edge)?.region;
    return joins.join(room, joins.joiner(caller, room, {}), { regions: [region], avoid, strict: true });
  }

  /** The same for a ticket as text; a refusal is an answer, and a registry that is away an exception. */
  async moveTicket(ticket: string, avoid: readonly string[]): Promise<MoveResult> {
    const { tickets, clock } = this.#deps;
    const checked = await tickets.verify(ticket, { nowMs: clock.now(), graceSeconds: TICKET_GRACE_SECONDS });
    if (!checked.ok) return { ok: false, reason: checked.reason, detail: checked.detail };
    try {
      const { claims, expired } = checked;
      const reply = await this.move({ kind: 'ticket', claims, expired }, avoid);
      const { edge, url, fallbacks, ticketExpiresAt: expiresAt } = reply;
      return { ok: true, ticket: reply.ticket, expiresAt, edge, url, fallbacks };
    } catch (error) {
      if (!(error instanceof Problem)) throw toProblem(error) ?? error;
      const { code, message, extras } = error;
      const { retryAfterSeconds } = extras;
      return {
        ok: false,
        reason: code,
        detail: message,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      };
    }
  }
}
