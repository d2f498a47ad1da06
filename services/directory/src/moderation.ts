import type { ControlOrder, ControlPlane, OrderResult } from '@partyline/bus';
import { type Identity, REMOVED_WITHOUT_REASON, type RoomId, type SelectionMode } from '@partyline/protocol';
import type {
  EdgeLease,
  MemberRecord,
  ModerationChange,
  ModerationState,
  Registry,
} from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import { type DirectoryConfig, ticketLifeSeconds } from './config.ts';
import type { DirectoryMetrics } from './metrics.ts';
import { type MemberOrder, OrderRetries } from './order-retries.ts';
import { Problem } from './problem.ts';

/**
 * `edge`: the edge has done it. `state`: nobody is connected, it applies to the next hello. `pending`: the
 * edge, or the state of another region, has not answered; it applies at the latest with the next hello there.
 */
export type Applied = 'edge' | 'state' | 'pending';

export interface ModerationOutcome {
  applied: Applied;
  state: ModerationState;
}

export interface ModerationDeps {
  registry: Registry;
  controlPlane: Pick<ControlPlane, 'order'>;
  metrics: DirectoryMetrics;
  log: Logger;
  clock: Clock;
}

type ModerationConfig = Pick<DirectoryConfig, 'orderTimeoutMs' | 'ticketTtlSeconds'>;

/** Moderation acts: state first, which outlives the connection, then an order to the edge that holds it. */
export class Moderation {
  /** Orders that no edge has carried out yet. */
  readonly retries: OrderRetries;
  readonly #config: ModerationConfig;
  readonly #deps: ModerationDeps;

  constructor(config: ModerationConfig, deps: ModerationDeps) {
    this.#config = config;
    this.#deps = deps;
    const give = async (member: MemberRecord, order: MemberOrder): Promise<OrderResult> => {
      const lease = await this.#leaseOf(member);
      return lease === undefined ? 'unreachable' : this.#give(lease, order);
    };
    const { registry, clock } = deps;
    this.retries = new OrderRetries(ticketLifeSeconds(config) * 1_000, { registry, give, clock });
  }

  stop(): void {
    this.retries.stop();
  }

  mute(actor: string, room: RoomId, identity: Identity, muted: boolean): Promise<ModerationOutcome> {
    const order = { kind: 'mute', room, identity, muted } as const;
    return this.#act(muted ? 'mute' : 'unmute', actor, order, { muted });
  }

  select(
    actor: string,
    room: RoomId,
    identity: Identity,
    selection: SelectionMode,
  ): Promise<ModerationOutcome> {
    const order = { kind: 'selection', room, identity, selection } as const;
    return this.#act('select', actor, order, { selection });
  }

  /** @param seconds how long joining is refused; 0 only disconnects, and ends an earlier removal */
  remove(
    actor: string,
    room: RoomId,
    identity: Identity,
    seconds: number,
    reason: string,
  ): Promise<ModerationOutcome> {
    const removedUntil = seconds === 0 ? 0 : Math.ceil(this.#deps.clock.now()) + seconds * 1_000;
    return this.#act('remove', actor, { kind: 'remove', room, identity, reason }, { removedUntil });
  }

  /** The region had lost this: whoever said hello meanwhile is told by an order. */
  restored(room: RoomId, identity: Identity, change: ModerationChange): void {
    const { muted, selection, removedUntil } = change;
    if (muted !== undefined) this.retries.add({ kind: 'mute', room, identity, muted });
    if (selection !== undefined) this.retries.add({ kind: 'selection', room, identity, selection });
    if (removedUntil !== undefined) {
      this.retries.add({ kind: 'remove', room, identity, reason: REMOVED_WITHOUT_REASON });
    }
  }

  /** Forgets the room and closes every session in it. */
  async deleteRoom(actor: string, room: RoomId): Promise<Applied> {
    const { registry } = this.#deps;
    const edges = await registry.edges(true);
    if (!(await registry.deleteRoom(room))) {
      this.#audit('delete_room', actor, room, undefined, 'not_found');
      throw roomNotFound();
    }
    // Every edge, not only those whose lease names the room: a lease is up to a second old.
    const results = await Promise.all(edges.map((lease) => this.#order(lease, { kind: 'close_room', room })));
    const applied = results.includes('pending') ? 'pending' : results.includes('edge') ? 'edge' : 'state';
    this.#audit('delete_room', actor, room, undefined, applied);
    return applied;
  }

  async #act(
    action: string,
    actor: string,
    order: MemberOrder,
    change: ModerationChange,
  ): Promise<ModerationOutcome> {
    const { registry } = this.#deps;
    const room = order.room as RoomId;
    const identity = order.identity as Identity;
    if ((await registry.room(room)) === undefined) {
      this.#audit(action, actor, room, identity, 'not_found');
      throw roomNotFound();
    }
    const { pendingRegions, ...state } = await registry.moderate(room, identity, change);
    const member = await registry.member(room, identity);
    const done = member === undefined ? 'state' : await this.#orderMember(member, order);
    const applied = pendingRegions === undefined ? done : 'pending';
    // Whoever is connected where nobody could be asked, or in a region whose state was lost a moment ago, says no hello
    // when that is over. Only a disconnection is over with those who were there.
    const isOver = done === 'edge' || (applied === 'state' && change.removedUntil === 0);
    if (isOver) this.retries.settle(order);
    else this.retries.add(order);
    if (pendingRegions !== undefined) {
      this.#deps.log.warn({ regions: pendingRegions, action }, 'regions have not taken a moderation yet');
    }
    this.#audit(action, actor, room, identity, applied);
    return { applied, state };
  }

  /** An edge whose lease is dead is pending: whoever comes back meets the state at the hello. */
  async #orderMember(member: MemberRecord, order: ControlOrder): Promise<Applied> {
    const lease = await this.#leaseOf(member);
    return lease === undefined ? 'pending' : this.#order(lease, order);
  }

  async #leaseOf({ edge, boot }: MemberRecord): Promise<EdgeLease | undefined> {
    const { registry } = this.#deps;
    const find = (edges: readonly EdgeLease[]): EdgeLease | undefined =>
      edges.find((one) => one.edge === edge && one.boot === boot);
    // One of another region may have come since that was asked.
    return find(await registry.edges()) ?? find(await registry.edges(true));
  }

  #give({ region, edge, boot }: EdgeLease, order: ControlOrder): Promise<OrderResult> {
    return this.#deps.controlPlane.order({ region, edge, boot }, order, this.#config.orderTimeoutMs);
  }

  async #order(lease: EdgeLease, order: ControlOrder): Promise<Applied> {
    const result = await this.#give(lease, order);
    if (result === 'done') return 'edge';
    return result === 'not_here' ? 'state' : 'pending';
  }

  #audit(action: string, actor: string, room: RoomId, target: Identity | undefined, outcome: string): void {
    this.#deps.metrics.moderation(action, outcome);
    this.#deps.log.info({ event: 'audit', action, actor, room, target, outcome }, 'moderation');
  }
}

/** 404 for a room nobody has created or that was forgotten. */
export const roomNotFound = (): Problem =>
  new Problem(404, 'room_not_found', 'There is no such room now: create it, or join it first.');
