import { type Bus, type BusHandler, MemoryBus, MemoryBusHub } from '@partyline/bus';
import type { EdgeMessageOf } from '@partyline/protocol';
import { MemoryRegistry, type Registry } from '@partyline/registry';
import { type Clock, systemClock } from '@partyline/runtime';
import { TicketSigner } from '@partyline/tokens';
import { EdgeFixture, type TestClient, until } from './edge-fixture.ts';
import { type PeerMessage, parsePeerMessage } from './peering/peer-message.ts';

/** A bus that a test can break. */
export class FaultyBus implements Bus {
  readonly #bus: Bus;
  /** Nothing goes out or comes in any more. */
  cut = false;
  /** Says which messages that are published get lost. */
  loses: (message: PeerMessage) => boolean = () => false;
  lost = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get stats(): Bus['stats'] {
    return this.#bus.stats;
  }

  start(): Promise<void> {
    return this.#bus.start();
  }

  stop(): Promise<void> {
    return this.#bus.stop();
  }

  subscribe(channel: string, handler: BusHandler): ReturnType<Bus['subscribe']> {
    return this.#bus.subscribe(channel, (bytes, from) => {
      if (!this.cut) handler(bytes, from);
    });
  }

  async publish(channel: string, bytes: Uint8Array): Promise<number> {
    const parsed = parsePeerMessage(bytes);
    if (!this.cut && !(parsed.ok && this.loses(parsed.message))) return this.#bus.publish(channel, bytes);
    this.lost += 1;
    return 1;
  }
}

export interface ClusterEdge extends EdgeFixture {
  control: FaultyBus;
}

/** Several edges in this process that share a bus and a registry, for tests. */
export class ClusterFixture {
  readonly edges: ClusterEdge[] = [];
  readonly registry: Registry;
  readonly #hub = new MemoryBusHub();
  readonly #signer = TicketSigner.generate();
  readonly #buses: Bus[] = [];

  constructor(registry: Registry = new MemoryRegistry({}, { clock: systemClock })) {
    this.registry = registry;
  }

  /** Adds an edge, started; its registry and clock may be others than the cluster's. */
  async add(
    edge: string,
    options: { region?: string; registry?: Registry; clock?: Clock } = {},
  ): Promise<ClusterEdge> {
    const control = new FaultyBus(new MemoryBus(this.#hub));
    const mediaBus = new MemoryBus(this.#hub);
    this.#buses.push(control, mediaBus);
    await control.start();
    await mediaBus.start();
    const fixture = new EdgeFixture(
      { PARTYLINE_EDGE_ID: edge, PARTYLINE_EDGE_REGION: options.region ?? 'local' },
      {
        cluster: { controlBus: control, mediaBus, prefix: 'test' },
        ...(options.clock && { clock: options.clock }),
      },
      { registry: options.registry ?? this.registry, signer: this.#signer },
    );
    const clusterEdge = Object.assign(fixture, { control });
    this.edges.push(clusterEdge);
    await fixture.start();
    return clusterEdge;
  }

  async stop(): Promise<void> {
    for (const edge of this.edges) await edge.stop();
    for (const bus of this.#buses) await bus.stop();
  }
}

/** Who a client has been told is there: by identity, from its welcome and everything since. */
export const seenBy = (client: TestClient) => {
  const seen = new Map<number, EdgeMessageOf<'welcome'>['participants'][number]>();
  let listeners = 0;
  for (const message of client.messages) {
    if (message.type !== 'welcome' && message.type !== 'participants') continue;
    listeners = message.listeners;
    const present = message.type === 'welcome' ? message.participants : (message.joined ?? []);
    for (const participant of present) seen.set(participant.streamId, participant);
    if (message.type === 'welcome') continue;
    for (const participant of message.updated ?? []) seen.set(participant.streamId, participant);
    for (const streamId of message.left ?? []) seen.delete(streamId);
  }
  return { participants: [...seen.values()], identities: names([...seen.values()]), listeners };
};

/** Whether this stream was ever announced as left to this client. */
export const sawLeave = (client: TestClient, streamId: number): boolean =>
  client.messages.some(
    (message) => message.type === 'participants' && message.left?.includes(streamId as never),
  );

/** Waits until a client has been told of exactly these. */
export const untilSeen = (client: TestClient, ...identities: string[]): Promise<void> =>
  until(
    () => seenBy(client).identities === [...identities].sort().join(' '),
    `to see ${identities.join(' ')}`,
  );

const names = (participants: readonly { identity: string }[]): string =>
  participants
    .map(({ identity }) => identity)
    .sort()
    .join(' ');
