import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import {
  type AccessClaims,
  type AccessTokenVerifier,
  TICKET_GRACE_SECONDS,
  type TicketClaims,
  type TicketVerifier,
  tokenKind,
} from '@partyline/tokens';
import { Problem } from './problem.ts';

/** Who makes a request. */
export type Caller =
  | { kind: 'access'; claims: AccessClaims }
  /** `expired`: within its grace, good for resuming and renewing only. */
  | { kind: 'ticket'; claims: TicketClaims; expired: boolean }
  | { kind: 'nobody' };

/** For the audit line: the key, and whose token it was; never the token. */
export const actorName = (caller: Caller): string => {
  if (caller.kind === 'nobody') return 'guest';
  if (caller.kind === 'ticket') return `ticket/${caller.claims.sub}`;
  const { iss, sub } = caller.claims;
  return sub === undefined ? iss : `${iss}/${sub}`;
};

export interface CallersDeps {
  accessTokens: AccessTokenVerifier;
  tickets: TicketVerifier;
  registry: Pick<Registry, 'seatIsCurrent'>;
  clock: Clock;
}

/** Finds out who calls and what they may do. Everything it refuses is a {@link Problem}. */
export class Callers {
  readonly #deps: CallersDeps;

  constructor(deps: CallersDeps) {
    this.#deps = deps;
  }

  /** @param authorization the header, if there was one */
  async identify(authorization: string | undefined): Promise<Caller> {
    if (authorization === undefined) return { kind: 'nobody' };
    const token = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
    if (token === undefined) {
      throw new Problem(401, 'bad_authorization', 'Write the header as: Authorization: Bearer <token>.');
    }
    if (tokenKind(token) === 'access') {
      const result = await this.#deps.accessTokens.verify(token);
      if (!result.ok) throw new Problem(401, `token_${result.reason}`, result.detail);
      return { kind: 'access', claims: result.claims };
    }
    const nowMs = this.#deps.clock.now();
    const result = await this.#deps.tickets.verify(token, { nowMs, graceSeconds: TICKET_GRACE_SECONDS });
    if (!result.ok) throw new Problem(401, `ticket_${result.reason}`, result.detail);
    return { kind: 'ticket', claims: result.claims, expired: result.expired };
  }

  /** The whole admin API. */
  requireAdmin(caller: Caller): void {
    if (caller.kind === 'access' && caller.claims.admin) return;
    throw caller.kind === 'nobody'
      ? credentialRequired('an access token with "admin": true')
      : new Problem(403, 'admin_required', 'This needs an access token with "admin": true.');
  }

  /** Admins, and whoever has the moderate grant for this room. */
  async requireModerator(caller: Caller, room: string): Promise<void> {
    if (caller.kind === 'nobody') throw credentialRequired('an access token with the moderate grant');
    if (caller.kind === 'access' && caller.claims.admin) return;
    const { claims } = caller;
    if (claims.room !== room) {
      throw new Problem(403, 'wrong_room', 'The token is for another room: use one for this room.');
    }
    if (!claims.grants.moderate) {
      throw new Problem(403, 'moderate_required', 'This needs a token with the moderate grant.');
    }
    if (caller.kind === 'ticket') await this.#requireCurrent(caller);
  }

  /** A ticket opens the moderation API only while its session is the identity's newest and not removed. */
  async #requireCurrent({ claims, expired }: Extract<Caller, { kind: 'ticket' }>): Promise<void> {
    const { room, sub, resumeId, generation } = claims;
    if (expired)
      throw new Problem(401, 'ticket_expired', 'The ticket has expired: join again for a new one.');
    if (await this.#deps.registry.seatIsCurrent(room, sub, resumeId, generation)) return;
    throw new Problem(403, 'session_over', 'The session of this ticket was replaced, removed or closed.');
  }
}

/** 401 for a request without a credential. */
export const credentialRequired = (what: string): Problem =>
  new Problem(401, 'credential_required', `Send ${what} as: Authorization: Bearer <token>.`);
