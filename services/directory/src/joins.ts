import { randomBytes } from 'node:crypto';
import type { ControlPlane } from '@partyline/bus';
import { type Placement, place } from '@partyline/placement';
import type { Identity, JoinReply, JoinRequest, RoomId } from '@partyline/protocol';
import type { EdgeLease, Registry, RoomPlace, SeatRequest, SeatResult } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import { type Logger, TRACING_OFF, type Tracing } from '@partyline/telemetry';
import { type Grants, MAX_TICKET_PLACES, type TicketContent, type TicketSigner } from '@partyline/tokens';
import { type Caller, credentialRequired } from './callers.ts';
import { type DirectoryConfig, ticketLifeSeconds } from './config.ts';
import type { DirectoryMetrics } from './metrics.ts';
import { PendingJoins } from './pending-joins.ts';
import { Problem } from './problem.ts';
import { Replacements } from './replacements.ts';

/** What guests may do; moderating only where the settings give it to whoever opens a room. */
const GUEST_GRANTS: Grants = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };

/** From the reply to the hello: connecting over a slow network, then the 5 s that an edge waits. */
const SEAT_TTL_MS = 10_000;

/** Tickets are bounded; see {@link placesElsewhere}. */
const MAX_METADATA_BESIDE_PLACES = 1_024;

/** Who joins, as its credential says. */
export interface Joiner {
  identity: Identity;
  name: string;
  metadata?: string;
  grants: Grants;
  /** Came without any credential. */
  guest?: boolean;
  resumeId?: string;
  resumed?: SeatRequest['resumed'];
}

/** Where to, as far as the request says. */
export interface Wish {
  /** In order of preference. */
  regions?: readonly (string | undefined)[];
  avoid?: readonly string[];
  /** An edge to avoid is not taken even when there is no other. */
  strict?: boolean;
}

export interface JoinsDeps {
  registry: Registry;
  controlPlane: Pick<ControlPlane, 'order'>;
  ticketSigner: TicketSigner;
  metrics: DirectoryMetrics;
  log: Logger;
  clock: Clock;
  /** Off unless given. */
  tracing?: Tracing;
}

/** Turns a credential into a seat, an edge and a ticket. */
export class Joins {
  /** Older sessions of identities that joined anew. */
  readonly replacements: Replacements;
  readonly #config: DirectoryConfig;
  readonly #deps: JoinsDeps;
  readonly #pending = new PendingJoins();

  constructor(config: DirectoryConfig, deps: JoinsDeps) {
    this.#config = config;
    this.#deps = deps;
    const options = { lifeMs: ticketLifeSeconds(config) * 1_000, orderTimeoutMs: config.orderTimeoutMs };
    this.replacements = new Replacements(options, deps);
  }

  /**
   * Who the caller is in this room. Grants come from the credential alone, and what it says about name and
   * metadata goes before what the body says.
   */
  joiner(caller: Caller, room: RoomId, body: JoinRequest): Joiner {
    if (caller.kind === 'nobody') return this.#guest(body);
    const { claims } = caller;
    if (claims.room === undefined) {
      throw new Problem(403, 'no_room_in_token', 'The token names no room: mint one with "room" to join.');
    }
    if (claims.room !== room) {
      throw new Problem(
        403,
        'wrong_room',
        `The token is for another room: join that one, or mint a token for this.`,
      );
    }
    if (claims.sub === undefined) {
      throw new Problem(403, 'no_identity_in_token', 'The token names nobody: mint one with "sub" to join.');
    }
    const metadata = claims.metadata ?? (caller.kind === 'access' ? body.metadata : undefined);
    const joiner: Joiner = {
      identity: claims.sub,
      name: claims.name ?? body.name ?? '',
      grants: claims.grants,
      ...(metadata !== undefined && { metadata }),
    };
    if (caller.kind === 'access') {
      return body.resumeId === undefined ? joiner : { ...joiner, resumeId: body.resumeId };
    }
    const { resumeId, streamId, generation } = caller.claims;
    return { ...joiner, resumeId, resumed: { streamId: streamId as never, generation } };
  }

  /** @throws Problem when there is no edge or no seat */
  async join(room: RoomId, joiner: Joiner, wish: Wish): Promise<JoinReply> {
    const { registry, clock } = this.#deps;
    const [edges, { places }, grants] = await Promise.all([
      registry.edges(),
      registry.places(room),
      this.#grants(room, joiner),
    ]);
    const placement = this.#place(room, edges, places, wish);
    const { identity, resumeId, resumed } = joiner;
    const seat = await registry.claimSeat({
      room,
      identity,
      edge: placement.edge.edge,
      seatTtlMs: SEAT_TTL_MS,
      ...(resumeId !== undefined && { resumeId }),
      ...(resumed && { resumed }),
    });
    if (!seat.ok) throw seatProblem(seat, clock.now());
    this.#pending.add(placement.edge.edge, room, clock.now());
    if (seat.replaced) this.replacements.end(room, identity, seat.replaced, seat);
    this.replacements.settle(room, identity);
    const admitted = { ...joiner, grants };
    return this.#reply(room, admitted, seat, placement, placesElsewhere(placement.edge, places, joiner));
  }

  /**
   * A guest who finds nobody in the room moderates it, where the settings say so. Two who come at the same moment both
   * do: a guest's right is a courtesy among people who trust each other, not a lock.
   */
  async #grants(room: RoomId, { grants, guest = false }: Joiner): Promise<Grants> {
    if (!guest || !this.#config.guestModerate) return grants;
    const found = await this.#deps.registry.room(room);
    return { ...grants, moderate: found === undefined || found.participants === 0 };
  }

  #guest(body: JoinRequest): Joiner {
    if (!this.#config.guestJoin) throw credentialRequired('an access token from your backend');
    const identity = `guest-${randomBytes(8).toString('hex')}` as Identity;
    const metadata = body.metadata;
    return {
      identity,
      name: body.name || 'Guest',
      grants: GUEST_GRANTS,
      guest: true,
      ...(metadata !== undefined && { metadata }),
    };
  }

  #place(
    room: RoomId,
    edges: EdgeLease[],
    places: RoomPlace[],
    { regions = [], avoid = [], strict = false }: Wish,
  ): Extract<Placement<EdgeLease>, { ok: true }> {
    const { clock, metrics } = this.#deps;
    const placement = place({
      room,
      edges,
      hosts: new Map(places.map(({ edge, participants }) => [edge, participants])),
      regions: [...regions, this.#config.region].filter((region) => region !== undefined),
      avoid,
      pending: this.#pending.counts(clock.now()),
      weights: this.#config,
    });
    metrics.placement(placement.reason);
    if (placement.ok && !strict) return placement;
    if (placement.ok && placement.reason !== 'avoided_only') {
      return { ...placement, fallbacks: placement.fallbacks.filter(({ edge }) => !avoid.includes(edge)) };
    }
    const detail = `No edge can take the join now (${placement.reason}): try again in a moment.`;
    throw new Problem(503, 'no_edge', detail, { retryAfterSeconds: placement.reason === 'no_edges' ? 2 : 5 });
  }

  async #reply(
    room: RoomId,
    joiner: Joiner,
    seat: Extract<SeatResult, { ok: true }>,
    { edge, fallbacks }: Extract<Placement<EdgeLease>, { ok: true }>,
    places: TicketPlaces,
  ): Promise<JoinReply> {
    const { identity, name, metadata, grants } = joiner;
    const { streamId, resumeId, generation } = seat;
    const trace = (this.#deps.tracing ?? TRACING_OFF).traceparent();
    const { ticket, claims } = await this.#deps.ticketSigner.sign(
      {
        room,
        sub: identity,
        name,
        ...(metadata !== undefined && { metadata }),
        grants,
        streamId,
        resumeId,
        generation,
        edge: edge.edge,
        ...(places.length > 0 && { places }),
        ...(trace !== undefined && { trace }),
      },
      this.#config.ticketTtlSeconds,
    );
    return {
      ticket,
      ticketExpiresAt: claims.exp * 1_000,
      room,
      identity,
      streamId,
      resumeId,
      generation,
      url: edge.url,
      edge: edge.edge,
      fallbacks: fallbacks.map((fallback) => ({ edge: fallback.edge, url: fallback.url })),
    };
  }
}

type TicketPlaces = NonNullable<TicketContent['places']>;

/** Of the edges that hold the room, those of other regions; beside a long text of the application's own there is no room. */
const placesElsewhere = (
  { region: own }: EdgeLease,
  places: readonly RoomPlace[],
  { metadata = '' }: Joiner,
): TicketPlaces => {
  if (metadata.length > MAX_METADATA_BESIDE_PLACES) return [];
  return places
    .filter(({ region }) => region !== own)
    .slice(0, MAX_TICKET_PLACES)
    .map(({ edge, boot, region }) => ({ edge, boot, region }));
};

const seatProblem = (seat: Extract<SeatResult, { ok: false }>, nowMs: number): Problem => {
  switch (seat.reason) {
    case 'removed': {
      const until = seat.until ?? nowMs;
      const detail = 'A moderator removed you from this room: wait until the time in "until".';
      return new Problem(403, 'removed', detail, { until });
    }
    case 'replaced':
      return new Problem(
        403,
        'replaced',
        'Somebody joined with this identity since: join anew with an access token to take over.',
      );
    case 'room_full':
      return new Problem(409, 'room_full', 'The room is full: try again when somebody has left.');
    case 'too_many_rooms':
      return new Problem(503, 'too_many_rooms', 'No more rooms can be opened now: try again later.', {
        retryAfterSeconds: 30,
      });
  }
};
