import type { PlacementEdge } from '../placement.ts';

/** An edge as it is; placement sees only what its lease said at the last heartbeat. */
export interface SimulatedEdge {
  lease: PlacementEdge;
  alive: boolean;
  connections: number;
  /** Joins since the lease was written: what a directory counts as pending. */
  pending: number;
  /** Rooms here, with who is in them. */
  rooms: Map<number, Set<Participant>>;
}

export interface Participant {
  room: number;
  home: string;
  edge: SimulatedEdge | undefined;
  gone: boolean;
}

/** Edges of several regions, with their heartbeats. */
export class Fleet {
  readonly edges: SimulatedEdge[] = [];
  readonly regions: string[];
  readonly #byName = new Map<string, SimulatedEdge>();

  constructor(edges: number, regions: number, maxConnections: number) {
    this.regions = Array.from({ length: regions }, (_, index) => `region-${index + 1}`);
    for (let index = 0; index < edges; index++) {
      const edge: SimulatedEdge = {
        lease: {
          edge: `edge-${index + 1}`,
          region: this.regions[index % regions]!,
          revision: '1',
          startedAt: 0,
          draining: false,
          connections: 0,
          maxConnections,
          load: 0,
        },
        alive: true,
        connections: 0,
        pending: 0,
        rooms: new Map(),
      };
      this.edges.push(edge);
      this.#byName.set(edge.lease.edge, edge);
    }
  }

  named(name: string): SimulatedEdge {
    return this.#byName.get(name)!;
  }

  /** Every living edge writes its lease. */
  heartbeat(): void {
    for (const edge of this.edges) {
      if (!edge.alive) continue;
      edge.lease.connections = edge.connections;
      edge.lease.load = edge.connections / edge.lease.maxConnections;
      edge.pending = 0;
    }
  }

  /** Puts a participant on an edge. */
  seat(participant: Participant, edge: SimulatedEdge): void {
    participant.edge = edge;
    edge.connections += 1;
    edge.pending += 1;
    const room = edge.rooms.get(participant.room);
    if (room === undefined) edge.rooms.set(participant.room, new Set([participant]));
    else room.add(participant);
  }

  unseat(participant: Participant): void {
    const { edge } = participant;
    if (edge === undefined) return;
    participant.edge = undefined;
    edge.connections -= 1;
    const room = edge.rooms.get(participant.room)!;
    room.delete(participant);
    if (room.size === 0) edge.rooms.delete(participant.room);
  }

  /** Everybody on an edge, room by room. */
  participants(edge: SimulatedEdge): Participant[] {
    return [...edge.rooms.values()].flatMap((room) => [...room]);
  }
}
