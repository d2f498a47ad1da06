import { type Bus, MemoryBus, MemoryBusHub } from '@partyline/bus';
import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import { MemoryRegistry } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { TicketSigner, TicketVerifier } from '@partyline/tokens';
import { EdgeFixture, type TestClient, type TicketOptions } from '../edge-fixture.ts';
import type { EdgeServices } from '../wiring.ts';
import type { MoveResult } from './move-tickets.ts';

/** Edges of one cluster in one process, and a directory's part in moving, for tests. */
export class EdgesFixture {
  readonly registry = new MemoryRegistry({}, { clock: systemClock });
  readonly signer = TicketSigner.generate();
  readonly verifier = new TicketVerifier(this.signer.publicKeys());
  readonly hub = new MemoryBusHub();
  readonly edges: EdgeFixture[] = [];
  readonly #buses: MemoryBus[] = [];
  /** Edges that `moveTicket` was asked to avoid, call after call. */
  readonly avoided: (readonly string[])[] = [];
  /** Set to make the directory unreachable. */
  directoryAway = false;

  /**
   * Starts another edge, called `edge-1`, `edge-2` and so on unless named.
   * @param controlDelayMs how much later what it tells other edges comes
   */
  async add(
    env: Record<string, string> = {},
    services: Partial<EdgeServices> = {},
    controlDelayMs = 0,
  ): Promise<EdgeFixture> {
    const edgeId = env.PARTYLINE_EDGE_ID ?? `edge-${this.edges.length + 1}`;
    const [mediaBus, controlBus] = [new MemoryBus(this.hub), new MemoryBus(this.hub)] as const;
    for (const bus of [mediaBus, controlBus]) await bus.start();
    this.#buses.push(mediaBus, controlBus);
    const edge = new EdgeFixture(
      { PARTYLINE_EDGE_ID: edgeId, PARTYLINE_EDGE_URL: `ws://${edgeId}.test/v1/ws`, ...env },
      {
        registry: this.registry,
        ticketVerifier: this.verifier,
        moveTicket: (ticket, avoid) => this.moveTicket(ticket, avoid),
        cluster: { mediaBus, controlBus: delayed(controlBus, controlDelayMs), prefix: 'test' },
        ...services,
      },
    );
    this.edges.push(edge);
    return edge.start();
  }

  async stop(): Promise<void> {
    for (const edge of this.edges) await edge.stop();
    for (const bus of this.#buses) await bus.stop();
  }

  /** A ticket for an edge of this cluster. */
  async ticket(options: TicketOptions = {}): Promise<TestClient['seat']> {
    const { room = 'room', identity = 'ada', edge = 'edge-1', resumeId } = options;
    const seat = await this.registry.claimSeat({
      room: room as RoomId,
      identity: identity as Identity,
      ...(resumeId === undefined ? {} : { resumeId }),
      seatTtlMs: 30_000,
      edge: edge as EdgeId,
    });
    if (!seat.ok) throw new Error(seat.reason);
    return { ...seat, ticket: await this.#sign({ room, identity, edge, ...options }, seat) };
  }

  /** Somebody who is ready on one of the edges. */
  async join(edge: EdgeFixture, options: TicketOptions = {}): Promise<TestClient> {
    const edgeId = `edge-${this.edges.indexOf(edge) + 1}`;
    const client = await edge.connect();
    client.seat = await this.ticket({ ...options, edge: edgeId });
    client.send({ type: 'hello', version: 1, ticket: client.seat.ticket });
    client.welcome = await client.next('welcome');
    await client.next('ready');
    return client;
  }

  /** A connection beside an older one, which was told to come here; not ready yet. */
  async shadow(edge: EdgeFixture, old: TestClient, ticket: string): Promise<TestClient> {
    const client = await edge.connect();
    client.seat = { ...old.seat, ticket };
    client.send({ type: 'hello', version: 1, ticket, shadow: true });
    client.welcome = await client.next('welcome');
    return client;
  }

  /** As a directory does: the same session, one generation up, for an edge that is not to be avoided. */
  async moveTicket(ticket: string, avoid: readonly string[]): Promise<MoveResult> {
    this.avoided.push(avoid);
    if (this.directoryAway) throw new Error('the directory is away');
    const checked = await this.verifier.verify(ticket, { nowMs: systemClock.now() });
    if (!checked.ok) return { ok: false, reason: checked.reason, detail: checked.detail };
    const { claims } = checked;
    const leases = await this.registry.edges();
    const [target] = leases.filter(({ edge, draining }) => !draining && !avoid.includes(edge));
    if (target === undefined) return { ok: false, reason: 'no_edge', detail: 'There is no other edge.' };
    const seat = await this.registry.claimSeat({
      room: claims.room,
      identity: claims.sub,
      resumeId: claims.resumeId,
      resumed: { streamId: claims.streamId as StreamId, generation: claims.generation },
      seatTtlMs: 30_000,
      edge: target.edge,
    });
    if (!seat.ok) return { ok: false, reason: seat.reason, detail: 'No seat.' };
    const signed = await this.signer.sign({ ...claims, generation: seat.generation, edge: target.edge }, 300);
    return {
      ok: true,
      ticket: signed.ticket,
      expiresAt: signed.claims.exp * 1_000,
      edge: target.edge,
      url: target.url,
      fallbacks: [],
    };
  }

  async #sign(
    options: TicketOptions & { room: string; identity: string; edge: string },
    seat: { streamId: number; resumeId: string; generation: number },
  ): Promise<string> {
    const { room, identity, edge, grants, ttlSeconds = 300 } = options;
    const { streamId, resumeId, generation } = seat;
    const { ticket } = await this.signer.sign(
      {
        room,
        sub: identity,
        name: identity,
        grants: { publish: true, subscribe: true, moderate: false, hidden: false, direct: true, ...grants },
        streamId,
        resumeId,
        generation,
        edge,
      },
      ttlSeconds,
    );
    return ticket;
  }
}

const delayed = (bus: MemoryBus, delayMs: number): Bus =>
  delayMs === 0
    ? bus
    : {
        start: () => bus.start(),
        stop: () => bus.stop(),
        subscribe: (channel, handler) => bus.subscribe(channel, handler),
        publish: async (channel, bytes) => {
          const copy = bytes.slice();
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          return bus.publish(channel, copy);
        },
        stats: bus.stats,
      };
