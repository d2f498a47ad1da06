import { type PlacementEdge, type PlacementWeights, place } from '../placement.ts';
import { Fleet, type Participant, type SimulatedEdge } from './fleet.ts';
import { Random } from './random.ts';
import { Report, type SimulationReport } from './report.ts';

export interface SimulationOptions {
  joins: number;
  edges: number;
  regions: number;
  maxConnections: number;
  /** Simulated time over which the joins are spread, in s. */
  durationSeconds: number;
  meanStaySeconds: number;
  /** Edges that die without a word and come back 30 s later. */
  failures: number;
  /** Edges restarted one after the other to a new revision, once, in the middle of the run. */
  rollout: boolean;
  /** `random`: any open edge of the participant's region, for comparison. */
  policy: 'placement' | 'random';
  weights?: Partial<PlacementWeights>;
  seed: number;
}

export const DEFAULT_SIMULATION: SimulationOptions = {
  joins: 1_000_000,
  edges: 200,
  regions: 5,
  maxConnections: 2_000,
  durationSeconds: 7_200,
  meanStaySeconds: 1_200,
  failures: 40,
  rollout: true,
  policy: 'placement',
  seed: 1,
};

/** A dead edge's lease is still there for so long, in s. */
const LEASE_SECONDS = 5;
const BACK_AFTER_SECONDS = 30;
/** Of a room's participants, those who are in the room's own region. */
const AT_HOME = 0.8;
/** Sizes of rooms, with how many of a hundred rooms have them. */
const SIZES: readonly (readonly [size: number, percent: number])[] = [
  [2, 40],
  [4, 30],
  [8, 15],
  [20, 10],
  [60, 4],
  [300, 0.9],
  [3_000, 0.1],
];
/** A room fills within so many seconds. */
const FILL_SECONDS = 120;

/**
 * Places joins on a fleet, second by second, with the very function that directories use. What directories see
 * is as old as in life: leases once a second, dead edges for 5 s more, own joins as pending.
 */
export const simulate = (options: SimulationOptions): SimulationReport => new Simulation(options).run();

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #fleet: Fleet;
  readonly #report = new Report();
  /** Joins and departures by the second in which they come. */
  readonly #joins = new Map<number, Participant[]>();
  readonly #leaves = new Map<number, Participant[]>();
  readonly #hosts = new Map<number, Map<string, number>>();
  /** Dead edges by the second in which something happens to them. */
  readonly #expiries = new Map<number, SimulatedEdge[]>();
  readonly #returns = new Map<number, SimulatedEdge[]>();
  #visible: PlacementEdge[] = [];
  #rooms = 0;
  #planned = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#fleet = new Fleet(options.edges, options.regions, options.maxConnections);
    this.#visible = this.#fleet.edges.map(({ lease }) => lease);
  }

  run(): SimulationReport {
    const { durationSeconds, joins, failures, rollout } = this.#options;
    const end = durationSeconds + FILL_SECONDS;
    const failEvery = failures > 0 ? durationSeconds / failures : Number.POSITIVE_INFINITY;
    let nextFailure = failEvery / 2;
    for (let second = 0; second < end; second++) {
      this.#fleet.heartbeat();
      while (this.#planned < Math.min(joins, (joins * (second + 1)) / durationSeconds))
        this.#openRoom(second);
      this.#comeBack(second);
      if (second >= nextFailure && second < durationSeconds) {
        nextFailure += failEvery;
        this.#fail(second);
      }
      if (rollout) this.#roll(second);
      for (const participant of take(this.#leaves, second)) this.#leave(participant);
      for (const participant of take(this.#joins, second)) this.#join(participant, second);
      if (second % 30 === 0) this.#report.sample(this.#fleet, this.#hosts);
    }
    return this.#report.result(this.#options);
  }

  #openRoom(second: number): void {
    const room = this.#rooms++;
    const size = Math.min(this.#size(), this.#options.joins - this.#planned);
    const home = this.#anyRegion();
    this.#planned += size;
    for (let index = 0; index < size; index++) {
      const at = second + (index === 0 ? 0 : this.#random.integer(FILL_SECONDS));
      const region = this.#random.next() < AT_HOME ? home : this.#anyRegion();
      push(this.#joins, at, { room, home: region, edge: undefined, gone: false });
    }
  }

  #size(): number {
    let share = this.#random.next() * 100;
    for (const [size, percent] of SIZES) {
      share -= percent;
      if (share < 0) return size;
    }
    return SIZES[0]![0];
  }

  #anyRegion(): string {
    const { regions } = this.#fleet;
    return regions[this.#random.integer(regions.length)]!;
  }

  #join(participant: Participant, second: number): void {
    this.#report.joins += 1;
    if (!this.#seat(participant, [])) return;
    const stay = Math.ceil(this.#random.exponential(this.#options.meanStaySeconds));
    push(this.#leaves, second + stay, participant);
  }

  #leave(participant: Participant): void {
    participant.gone = true;
    this.#unseat(participant);
  }

  /** False when nobody takes it. */
  #seat(participant: Participant, avoid: string[]): boolean {
    // Whoever meets a dead edge tries again and names it, as clients do.
    for (let attempt = 0; attempt < 4; attempt++) {
      const lease = this.#place(participant, avoid);
      if (lease === undefined) break;
      const edge = this.#fleet.named(lease.edge);
      if (edge.alive && edge.connections < edge.lease.maxConnections) {
        this.#fleet.seat(participant, edge);
        this.#count(participant.room, lease.edge, 1);
        if (lease.region !== participant.home) this.#report.abroad += 1;
        this.#report.seated += 1;
        return true;
      }
      this.#report.retries += 1;
      avoid = [...avoid, lease.edge];
    }
    this.#report.refused += 1;
    return false;
  }

  #unseat(participant: Participant): void {
    const { edge } = participant;
    if (edge === undefined) return;
    this.#fleet.unseat(participant);
    this.#count(participant.room, edge.lease.edge, -1);
  }

  #place(participant: Participant, avoid: string[]): PlacementEdge | undefined {
    if (this.#options.policy === 'random') return this.#anyOpen(participant.home, avoid);
    const placement = place({
      room: `room-${participant.room}`,
      edges: this.#visible,
      hosts: this.#hosts.get(participant.room) ?? NO_HOSTS,
      regions: [participant.home],
      avoid,
      pending: { onEdge: (name) => this.#fleet.named(name).pending, inRoom: () => 0 },
      ...(this.#options.weights && { weights: this.#options.weights }),
    });
    return placement.ok ? placement.edge : undefined;
  }

  #anyOpen(region: string, avoid: readonly string[]): PlacementEdge | undefined {
    const open = this.#visible.filter(
      (lease) =>
        lease.region === region && !lease.draining && lease.load < 0.95 && !avoid.includes(lease.edge),
    );
    return open[this.#random.integer(open.length)];
  }

  #count(room: number, edge: string, change: number): void {
    const hosts = this.#hosts.get(room) ?? new Map<string, number>();
    this.#hosts.set(room, hosts);
    const count = (hosts.get(edge) ?? 0) + change;
    if (count > 0) hosts.set(edge, count);
    else hosts.delete(edge);
    if (hosts.size === 0) this.#hosts.delete(room);
  }

  #fail(second: number): void {
    const edge = this.#fleet.edges[this.#random.integer(this.#fleet.edges.length)]!;
    if (!edge.alive || edge.lease.draining) return;
    const everybody = this.#fleet.participants(edge);
    edge.alive = false;
    push(this.#expiries, second + LEASE_SECONDS, edge);
    push(this.#returns, second + BACK_AFTER_SECONDS, edge);
    this.#report.failures += 1;
    this.#move(everybody, edge, 'crash');
  }

  /** Drains and restarts one edge after the other, in the middle half of the run. */
  #roll(second: number): void {
    const { durationSeconds } = this.#options;
    const { edges } = this.#fleet;
    const every = durationSeconds / 2 / edges.length;
    const index = Math.floor((second - durationSeconds / 4) / every);
    const before = Math.floor((second - 1 - durationSeconds / 4) / every);
    if (index === before || index < 0 || index >= edges.length) return;
    const edge = edges[index]!;
    if (!edge.alive) return;
    edge.lease.draining = true;
    this.#report.drains += 1;
    this.#move(this.#fleet.participants(edge), edge, 'drain');
    edge.lease.revision = '2';
    edge.lease.startedAt = second;
    edge.lease.draining = false;
  }

  #move(everybody: readonly Participant[], from: SimulatedEdge, why: 'crash' | 'drain'): void {
    for (const participant of everybody) this.#unseat(participant);
    for (const participant of everybody) {
      if (participant.gone) continue;
      this.#report.moved[why] += 1;
      this.#seat(participant, [from.lease.edge]);
    }
  }

  #comeBack(second: number): void {
    let changed = false;
    for (const edge of take(this.#returns, second)) {
      edge.alive = true;
      edge.lease.startedAt = second;
      changed = true;
    }
    changed = take(this.#expiries, second).length > 0 || changed;
    if (!changed) return;
    const expired = new Set([...this.#returns.values()].flat());
    for (const fresh of [...this.#expiries.values()].flat()) expired.delete(fresh);
    this.#visible = this.#fleet.edges.filter((edge) => !expired.has(edge)).map(({ lease }) => lease);
  }
}

const NO_HOSTS: ReadonlyMap<string, number> = new Map();

const push = <Value>(buckets: Map<number, Value[]>, at: number, value: Value): void => {
  const bucket = buckets.get(at);
  if (bucket === undefined) buckets.set(at, [value]);
  else bucket.push(value);
};

const take = <Value>(buckets: Map<number, Value[]>, at: number): Value[] => {
  const bucket = buckets.get(at) ?? [];
  buckets.delete(at);
  return bucket;
};
