import type { EdgeLease } from '@partyline/registry';
import { rendezvousScore } from './rendezvous.ts';

/** Where placement draws its lines. */
export interface PlacementWeights {
  /** Up to this pressure (0 idle … 1 full) an edge takes more of a room it has, however idle others are. */
  packUntil: number;
  /** Above that, an edge's pressure is bounded by this many times the mean of its region. */
  boundFactor: number;
  /** At this load an edge takes nobody. */
  loadLimit: number;
  /** Edges of one region that a room is spread over. */
  maxEdgesPerRoom: number;
}

export const DEFAULT_WEIGHTS: PlacementWeights = {
  packUntil: 0.5,
  boundFactor: 1.25,
  loadLimit: 0.95,
  maxEdgesPerRoom: 16,
};

/** Joins that were sent to an edge and are not yet in its lease. */
export interface PendingCounts {
  onEdge(edge: string): number;
  inRoom(edge: string, room: string): number;
}

export interface PlacementRequest {
  room: string;
  /** Edges with a live lease: a stale one is the registry's to leave out. */
  edges: readonly EdgeLease[];
  /** Regions in order of preference; the others follow, those that have the room first. */
  regions?: readonly string[];
  /** Edges that just failed this client; taken only when nobody else is left. */
  avoid?: readonly string[];
  pending?: PendingCounts;
  weights?: Partial<PlacementWeights>;
}

/** Why an edge was chosen; a metric's label. */
export type PlacementReason = 'packed' | 'new_room' | 'spilled' | 'rollout' | 'other_region' | 'avoided_only';
/** Why there is none; a metric's label. */
export type NoPlacementReason = 'no_edges' | 'all_draining' | 'all_full' | 'room_edge_limit';

export type Placement =
  | { ok: true; edge: EdgeLease; fallbacks: EdgeLease[]; reason: PlacementReason }
  | { ok: false; reason: NoPlacementReason };

const MAX_FALLBACKS = 2;
const NO_PENDING: PendingCounts = { onEdge: () => 0, inRoom: () => 0 };

interface Candidate {
  lease: EdgeLease;
  /** 0 idle … 1 full: the worse of what it reports and of connections with pending joins. */
  pressure: number;
  hosts: boolean;
  outdated: boolean;
  score: number;
}

/** Chooses the edge for one join. Pure: the same request gives the same answer on every directory. */
export const place = (request: PlacementRequest): Placement => {
  const { room, edges, pending = NO_PENDING, avoid = [] } = request;
  const weights = { ...DEFAULT_WEIGHTS, ...request.weights };
  const active = edges.filter((lease) => !lease.draining);
  const newest = newestRevisions(active);
  const candidates = active.map((lease) => toCandidate(lease, newest, room, pending));
  const open = candidates.filter(
    ({ lease, pressure }) => pressure < 1 && lease.load < weights.loadLimit && lease.maxConnections > 0,
  );
  if (open.length === 0) {
    return {
      ok: false,
      reason: edges.length === 0 ? 'no_edges' : active.length === 0 ? 'all_draining' : 'all_full',
    };
  }
  const regions = regionOrder(candidates, request.regions ?? []);
  const avoided = new Set(avoid);
  const welcome = open.filter(({ lease }) => !avoided.has(lease.edge));
  for (const pool of [welcome, open]) {
    const ranking = regions.flatMap((region) => rankRegion(region, pool, candidates, weights));
    const [chosen] = ranking;
    if (chosen === undefined) continue;
    const rest = regions.flatMap((region) => byOwnOrder(pool.filter(({ lease }) => lease.region === region)));
    const others = new Set([...ranking, ...rest].map(({ lease }) => lease));
    others.delete(chosen.lease);
    return {
      ok: true,
      edge: chosen.lease,
      fallbacks: [...others].slice(0, MAX_FALLBACKS),
      reason: avoided.has(chosen.lease.edge) ? 'avoided_only' : reasonFor(chosen, candidates, regions[0]),
    };
  }
  return { ok: false, reason: 'room_edge_limit' };
};

const toCandidate = (
  lease: EdgeLease,
  newest: ReadonlyMap<string, string>,
  room: string,
  pending: PendingCounts,
): Candidate => {
  const { edge, connections, maxConnections } = lease;
  const present = Object.hasOwn(lease.rooms, room) ? lease.rooms[room]! : 0;
  return {
    lease,
    pressure: Math.max(lease.load, (connections + pending.onEdge(edge)) / Math.max(maxConnections, 1)),
    hosts: present + pending.inRoom(edge, room) > 0,
    outdated: lease.revision !== newest.get(lease.region),
    score: rendezvousScore(room, edge, Math.max(maxConnections, 1)),
  };
};

/**
 * By region, the revision whose first edge started last. Not the one of the edge that started last: an old
 * edge that crashed and came back during a rollout would otherwise turn it round.
 */
const newestRevisions = (edges: readonly EdgeLease[]): Map<string, string> => {
  const firstStarts = new Map<string, Map<string, number>>();
  for (const { revision, startedAt, region } of edges) {
    const starts = firstStarts.get(region) ?? new Map<string, number>();
    firstStarts.set(region, starts.set(revision, Math.min(starts.get(revision) ?? startedAt, startedAt)));
  }
  const newest = new Map<string, string>();
  for (const [region, starts] of firstStarts) {
    const [first] = [...starts].sort(([a, startA], [b, startB]) => startB - startA || (a < b ? 1 : -1));
    newest.set(region, first![0]);
  }
  return newest;
};

const regionOrder = (candidates: readonly Candidate[], preferred: readonly string[]): string[] => {
  const all = [...new Set(candidates.map(({ lease }) => lease.region))].sort();
  const hosting = new Set(candidates.filter(({ hosts }) => hosts).map(({ lease }) => lease.region));
  const known = preferred.filter((region) => all.includes(region));
  return [...new Set([...known, ...all.filter((region) => hosting.has(region)), ...all])];
};

/** Those who may take the join, best first: within the bound, of the newest revision, having the room. */
const rankRegion = (
  region: string,
  pool: readonly Candidate[],
  all: readonly Candidate[],
  weights: PlacementWeights,
): Candidate[] => {
  const here = pool.filter(({ lease }) => lease.region === region);
  if (here.length === 0) return [];
  const mean = here.reduce((sum, { pressure }) => sum + pressure, 0) / here.length;
  const bound = Math.max(weights.packUntil, mean * weights.boundFactor);
  const hosts = all.filter(({ hosts, lease }) => hosts && lease.region === region).length;
  const eligible = hosts >= weights.maxEdgesPerRoom ? here.filter((candidate) => candidate.hosts) : here;
  const rank = ({ pressure, outdated, hosts: hosting }: Candidate): number =>
    (pressure >= bound ? 4 : 0) + (outdated ? 2 : 0) + (hosting ? 0 : 1);
  return byOwnOrder(eligible).sort((a, b) => rank(a) - rank(b));
};

/** The room's own order, which depends on nothing but names and sizes; sorting keeps it among equals. */
const byOwnOrder = (candidates: readonly Candidate[]): Candidate[] =>
  [...candidates].sort((a, b) => b.score - a.score || (a.lease.edge < b.lease.edge ? -1 : 1));

const reasonFor = (
  chosen: Candidate,
  all: readonly Candidate[],
  firstRegion: string | undefined,
): PlacementReason => {
  if (chosen.lease.region !== firstRegion) return 'other_region';
  if (chosen.hosts) return 'packed';
  const hosts = all.filter(({ hosts, lease }) => hosts && lease.region === chosen.lease.region);
  if (hosts.length === 0) return 'new_room';
  return !chosen.outdated && hosts.every(({ outdated }) => outdated) ? 'rollout' : 'spilled';
};
