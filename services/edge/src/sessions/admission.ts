import type { ClientMessageOf } from '@partyline/protocol';
import {
  type CloseName,
  type EdgeId,
  type Identity,
  PROTOCOL_VERSION,
  REMOVED_WITHOUT_REASON,
  type RoomId,
} from '@partyline/protocol';
import type { EdgeLease, ModerationState, Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import { TICKET_GRACE_SECONDS, type TicketClaims, type TicketVerifier } from '@partyline/tokens';
import type { EdgeCounters, Refusal } from '../counters.ts';
import { REGISTRY_TIMEOUT_MS } from '../limits.ts';
import { within } from '../within.ts';
import type { UsedTickets } from './used-tickets.ts';

export interface Refused {
  ok: false;
  reason: Refusal;
  close: CloseName;
  /** What went wrong and what to do about it. */
  message: string;
  /** Where to go with the same ticket, told before the end (protocol rule 67). */
  move?: { edge: string; url: string; expiresAt: number };
}

/** The ticket is good; whether its session is wanted is still to be asked. */
export interface Verified {
  ok: true;
  claims: TicketClaims;
}

export interface Admitted {
  ok: true;
  claims: TicketClaims;
  /** Undefined when the registry could not be asked. */
  moderation: ModerationState | undefined;
}

/** Checks tickets; `known` is false while there are no keys to check them with. */
export type TicketCheckPort = Pick<TicketVerifier, 'verify'> & { readonly known?: boolean };

export interface AdmissionServices {
  registry: Registry;
  ticketVerifier: TicketCheckPort;
  usedTickets: UsedTickets;
  clock: Clock;
  counters: EdgeCounters;
  /** Whether the directory could not be reached lately, so that nobody can get a fresh ticket. */
  directoryAway: () => boolean;
  /** Whether this very session is on this edge, connected or not. */
  isHere: (claims: TicketClaims) => boolean;
}

const refuse = (reason: Refusal, close: CloseName, message: string): Refused => ({
  ok: false,
  reason,
  close,
  message,
});

/**
 * Decides about a hello: first what needs others: the signature, in {@link verify}, and the registry, in
 * {@link check}; then, at the moment of joining and in one go, whether the ticket is fresh: {@link claim}.
 */
export class Admission {
  readonly #edge: EdgeId;
  readonly #services: AdmissionServices;

  constructor(edge: EdgeId, services: AdmissionServices) {
    this.#edge = edge;
    this.#services = services;
  }

  /** Checks the ticket by itself. */
  async verify(hello: ClientMessageOf<'hello'>): Promise<Verified | Refused> {
    if (hello.version !== PROTOCOL_VERSION) {
      return refuse(
        'unsupported_version',
        'unsupportedVersion',
        `This edge speaks version ${PROTOCOL_VERSION}, not ${hello.version}: use a client of that version.`,
      );
    }
    const { ticketVerifier, clock } = this.#services;
    const result = await ticketVerifier.verify(hello.ticket, {
      nowMs: clock.now(),
      graceSeconds: TICKET_GRACE_SECONDS,
    });
    if (!result.ok && ticketVerifier.known === false) return noKeys();
    if (!result.ok) {
      return result.reason === 'expired'
        ? expired()
        : refuse('ticket_invalid', 'ticketRefused', `${result.detail} Join again for a valid ticket.`);
    }
    const { claims } = result;
    if (result.expired && !this.#services.directoryAway() && !this.#resumes(claims, hello.resumeKey)) {
      return expired();
    }
    return { ok: true, claims };
  }

  /**
   * Takes the ticket as used. Synchronous, so that of two hellos with one ticket only one gets in.
   * @returns undefined if it may be used
   */
  claim(claims: TicketClaims, resumeKey: string | undefined): Refused | undefined {
    const used = this.#services.usedTickets.find(claims.room, claims.streamId);
    if (used === undefined || claims.generation > used.generation) return undefined;
    if (claims.generation < used.generation) {
      return refuse(
        'superseded',
        'superseded',
        'A newer session of this participant is here; use its ticket.',
      );
    }
    if (resumeKey === used.resumeKey) return undefined;
    return refuse(
      'replayed',
      'ticketRefused',
      'This ticket was used before: join again, or resume with the resumeKey of the last welcome.',
    );
  }

  /** Asks the registry whether the session is its participant's newest, and what moderators have decided. */
  async check(claims: TicketClaims): Promise<Admitted | Refused> {
    const { registry, clock } = this.#services;
    const room = claims.room as RoomId;
    const identity = claims.sub as Identity;
    // A registry that is away keeps nobody out: the ticket alone was good enough for the directory.
    const [current, moderation, named] = await Promise.all([
      this.#ask(registry.seatIsCurrent(room, identity, claims.resumeId, claims.generation), true),
      this.#ask(registry.moderation(room, identity), undefined),
      claims.edge === this.#edge ? undefined : this.#ask(this.#leaseOf(claims.edge), undefined),
    ]);
    if (moderation !== undefined && moderation.removedUntil > clock.now()) {
      return refuse('removed', 'removed', REMOVED_WITHOUT_REASON);
    }
    if (!current) {
      const refused = await this.#checkSeat(claims);
      if (refused !== undefined) return refused;
    }
    // With the directory away nobody gets another ticket, so this one is good enough.
    if (named !== undefined && !this.#services.directoryAway()) {
      const message = `This ticket is for edge ${claims.edge}, which is alive: connect there, or join again.`;
      const move = { edge: named.edge, url: named.url, expiresAt: claims.exp * 1_000 };
      return { ...refuse('wrong_edge', 'wrongEdge', message), move };
    }
    return { ok: true, claims, moderation };
  }

  /** Looks closer at a session that the registry does not have as the participant's newest. */
  async #checkSeat(claims: TicketClaims): Promise<Refused | undefined> {
    const { registry, isHere } = this.#services;
    const room = claims.room as RoomId;
    const identity = claims.sub as Identity;
    const [seat, member] = await Promise.all([
      this.#ask(registry.seat(room, identity), undefined),
      this.#ask(registry.member(room, identity), undefined),
    ]);
    // A newer seat was given out, by a join or a move whose answer was perhaps lost, and nobody has come with it.
    if (member?.streamId === claims.streamId && member.generation === claims.generation) return undefined;
    if (seat !== undefined) {
      return refuse(
        'not_current',
        'replaced',
        'This participant has joined again elsewhere; use the newest ticket.',
      );
    }
    // The registry has lost its state, and is told by those who still know.
    if (isHere(claims)) return undefined;
    return refuse(
      'not_current',
      'ticketExpired',
      'Nothing is known of this session any more: join again with its ticket.',
    );
  }

  async #leaseOf(edge: string): Promise<EdgeLease | undefined> {
    const { registry } = this.#services;
    const find = (edges: readonly EdgeLease[]): EdgeLease | undefined =>
      edges.find((lease) => lease.edge === edge);
    // An edge of another region may have come since that was asked; it must not be taken for dead.
    return find(await registry.edges()) ?? find(await registry.edges(true));
  }

  async #ask<Answer, Fallback>(question: Promise<Answer>, fallback: Fallback): Promise<Answer | Fallback> {
    try {
      return await within(question, REGISTRY_TIMEOUT_MS);
    } catch {
      this.#services.counters.registryFailures += 1;
      return fallback;
    }
  }

  #resumes(claims: TicketClaims, resumeKey: string | undefined): boolean {
    const used = this.#services.usedTickets.find(claims.room, claims.streamId);
    return used !== undefined && resumeKey !== undefined && used.resumeKey === resumeKey;
  }
}

const expired = (): Refused =>
  refuse('ticket_expired', 'ticketExpired', 'The ticket has expired: join again for a new one.');

const noKeys = (): Refused =>
  refuse('no_keys', 'goingAway', 'This edge cannot check tickets yet: join again for another edge.');
