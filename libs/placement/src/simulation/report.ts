import type { Fleet } from './fleet.ts';

/** What a simulated fleet went through. Shares are 0 … 1. */
export interface SimulationReport {
  policy: string;
  seed: number;
  joins: number;
  refused: number;
  /** Tries that met a dead or full edge and were made again elsewhere. */
  retries: number;
  /** Locality: seated outside the participant's region. */
  abroadShare: number;
  /** Locality: participants (over time) whose room's people of the same region are all on their edge. */
  togetherShare: number;
  /** Edges that a room of several participants is on, in the mean over time. */
  meanEdgesPerRoom: number;
  maxEdgesPerRoom: number;
  /** Links between edges that rooms need: pairs of edges with at least one room in common. */
  meanPeersPerEdge: number;
  /** Balance: the fullest edge against the mean of its region, over time. */
  meanImbalance: number;
  worstImbalance: number;
  /** Of the fullest edge at any time. */
  worstLoad: number;
  failures: number;
  drains: number;
  movedByCrash: number;
  movedByDrain: number;
  peakParticipants: number;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Collects the figures of a run. */
export class Report {
  joins = 0;
  seated = 0;
  refused = 0;
  retries = 0;
  abroad = 0;
  failures = 0;
  drains = 0;
  readonly moved = { crash: 0, drain: 0 };
  readonly #together: number[] = [];
  readonly #edgesPerRoom: number[] = [];
  readonly #peers: number[] = [];
  readonly #imbalance: number[] = [];
  #maxEdgesPerRoom = 0;
  #worstLoad = 0;
  #peak = 0;

  sample(fleet: Fleet, hosts: ReadonlyMap<number, ReadonlyMap<string, number>>): void {
    this.#sampleRooms(fleet, hosts);
    this.#sampleEdges(fleet);
  }

  result({ policy, seed }: { policy: string; seed: number }): SimulationReport {
    return {
      policy,
      seed,
      joins: this.joins,
      refused: this.refused,
      retries: this.retries,
      abroadShare: this.abroad / Math.max(1, this.seated),
      togetherShare: mean(this.#together),
      meanEdgesPerRoom: mean(this.#edgesPerRoom),
      maxEdgesPerRoom: this.#maxEdgesPerRoom,
      meanPeersPerEdge: mean(this.#peers),
      meanImbalance: mean(this.#imbalance),
      worstImbalance: Math.max(0, ...this.#imbalance),
      worstLoad: this.#worstLoad,
      failures: this.failures,
      drains: this.drains,
      movedByCrash: this.moved.crash,
      movedByDrain: this.moved.drain,
      peakParticipants: this.#peak,
    };
  }

  #sampleRooms(fleet: Fleet, hosts: ReadonlyMap<number, ReadonlyMap<string, number>>): void {
    let everybody = 0;
    let together = 0;
    let rooms = 0;
    let places = 0;
    const peers = new Set<string>();
    for (const edges of hosts.values()) {
      const names = [...edges.keys()];
      const byRegion = new Map<string, number>();
      let inRoom = 0;
      for (const [name, count] of edges) {
        inRoom += count;
        const { region } = fleet.named(name).lease;
        byRegion.set(region, (byRegion.get(region) ?? 0) + 1);
      }
      everybody += inRoom;
      for (const [name, count] of edges) {
        if (byRegion.get(fleet.named(name).lease.region) === 1) together += count;
      }
      if (inRoom < 2) continue;
      rooms += 1;
      places += names.length;
      this.#maxEdgesPerRoom = Math.max(this.#maxEdgesPerRoom, names.length);
      for (const a of names) for (const b of names) if (a < b) peers.add(`${a} ${b}`);
    }
    this.#peak = Math.max(this.#peak, everybody);
    if (everybody === 0 || rooms === 0) return;
    this.#together.push(together / everybody);
    this.#edgesPerRoom.push(places / rooms);
    this.#peers.push((2 * peers.size) / fleet.edges.length);
  }

  #sampleEdges(fleet: Fleet): void {
    for (const region of fleet.regions) {
      const loads = fleet.edges
        .filter(({ lease, alive }) => alive && lease.region === region)
        .map(({ connections, lease }) => connections / lease.maxConnections);
      const fullest = Math.max(0, ...loads);
      const average = mean(loads);
      this.#worstLoad = Math.max(this.#worstLoad, fullest);
      // Below that, imbalance is what packing a room on one edge means.
      if (average > 0.1) this.#imbalance.push(fullest / average);
    }
  }
}
