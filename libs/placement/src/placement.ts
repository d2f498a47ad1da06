import { rendezvousScore } from './rendezvous.ts';

/** What placement must know of an edge: the part of its lease that matters here. */
export interface PlacementEdge {
  edge: string;
  region: string;
  /** During a rollout joins prefer the newest. */
  revision: string;
  /** Epoch ms. */
  startedAt: number;
  draining: boolean;
  connections: number;
  maxConnections: number;
  /** 0 idle … 1 full. */
  load: number;
}

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

export interface PlacementRequest<Edge extends PlacementEdge = PlacementEdge> {
  room: string;
  /** Edges with a live lease: a stale one is the registry's to leave out. */
  edges: readonly Edge[];
  /** Edges that hold the room, with its participants there. */
  hosts?: ReadonlyMap<string, number>;
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

export type Placement<Edge extends PlacementEdge = PlacementEdge> =
  | { ok: true; edge: Edge; fallbacks: Edge[]; reason: PlacementReason }
  | { ok: false; reason: NoPlacementReason };

const MAX_FALLBACKS = 2;
const NO_HOSTS: ReadonlyMap<string, number> = new Map();
const NO_PENDING: PendingCounts = { onEdge: () => 0, inRoom: () => 0 };

interface Candidate<Edge> {
  edge: Edge;
  /** 0 idle … 1 full: the worse of what it reports and of connections with pending joins. */
  pressure: number;
  hosts: boolean;
  /** May take somebody. */
  open: boolean;
  avoided: boolean;
  outdated: boolean;
  score: number;
}

/** The edges of one region that are not draining. */
interface Region<Edge> {
  candidates: Candidate<Edge>[];
  hosts: number;
}

/** Chooses the edge for one join. Pure: the same request gives the same answer on every directory. */
export const place = <Edge extends PlacementEdge>(request: PlacementRequest<Edge>): Placement<Edge> => {
  const weights = { ...DEFAULT_WEIGHTS, ...request.weights };
  const regions = byRegion(request, weights);
  const order = regionOrder(regions, request.regions ?? []);
  const isOpen = order.some((name) => regions.get(name)!.candidates.some(({ open }) => open));
  if (!isOpen) {
    const { edges } = request;
    const reason = edges.length === 0 ? 'no_edges' : order.length === 0 ? 'all_draining' : 'all_full';
    return { ok: false, reason };
  }
  for (const avoided of [false, true]) {
    for (const name of order) {
      const region = regions.get(name)!;
      score(region, request.room);
      const [chosen, ...next] = rank(region, avoided, weights);
      if (chosen === undefined) continue;
      return {
        ok: true,
        edge: chosen.edge,
        fallbacks: fallbacks(chosen, next, { regions, order, room: request.room }),
        reason: avoided ? 'avoided_only' : reasonFor(chosen, region, name === order[0]),
      };
    }
  }
  return { ok: false, reason: 'room_edge_limit' };
};

const byRegion = <Edge extends PlacementEdge>(
  request: PlacementRequest<Edge>,
  { loadLimit }: PlacementWeights,
): Map<string, Region<Edge>> => {
  const { room, edges, hosts = NO_HOSTS, pending = NO_PENDING, avoid = [] } = request;
  const regions = new Map<string, Region<Edge>>();
  for (const edge of edges) {
    if (edge.draining) continue;
    const { maxConnections, load } = edge;
    const connections = edge.connections + pending.onEdge(edge.edge);
    const pressure = Math.max(load, connections / Math.max(maxConnections, 1));
    const candidate = {
      edge,
      pressure,
      hosts: hosts.has(edge.edge) || pending.inRoom(edge.edge, room) > 0,
      open: pressure < 1 && load < loadLimit && maxConnections > 0,
      avoided: avoid.includes(edge.edge),
      outdated: false,
      score: -1,
    };
    const region = regions.get(edge.region);
    if (region === undefined) regions.set(edge.region, { candidates: [candidate], hosts: +candidate.hosts });
    else {
      region.candidates.push(candidate);
      if (candidate.hosts) region.hosts += 1;
    }
  }
  return regions;
};

const regionOrder = <Edge>(
  regions: ReadonlyMap<string, Region<Edge>>,
  preferred: readonly string[],
): string[] => {
  const all = [...regions.keys()].sort();
  const known = preferred.filter((region) => regions.has(region));
  const hosting = all.filter((region) => regions.get(region)!.hosts > 0);
  return [...new Set([...known, ...hosting, ...all])];
};

/** What costs time is done only for regions that are looked at. */
const score = <Edge extends PlacementEdge>({ candidates }: Region<Edge>, room: string): void => {
  if (candidates.length === 0 || candidates[0]!.score >= 0) return;
  const newest = newestRevision(candidates);
  for (const candidate of candidates) {
    const { edge } = candidate;
    candidate.outdated = edge.revision !== newest;
    candidate.score = rendezvousScore(room, edge.edge, Math.max(edge.maxConnections, 1));
  }
  // The room's own order, which depends on nothing but names and sizes; later sorting keeps it among equals.
  candidates.sort((a, b) => b.score - a.score || (a.edge.edge < b.edge.edge ? -1 : 1));
};

/**
 * The revision whose first edge started last. Not the one of the edge that started last: an old edge that
 * crashed and came back during a rollout would otherwise turn it round.
 */
const newestRevision = <Edge extends PlacementEdge>(candidates: readonly Candidate<Edge>[]): string => {
  const first = candidates[0]!.edge.revision;
  if (candidates.every(({ edge }) => edge.revision === first)) return first;
  const starts = new Map<string, number>();
  for (const { edge } of candidates) {
    const { revision, startedAt } = edge;
    starts.set(revision, Math.min(starts.get(revision) ?? startedAt, startedAt));
  }
  const [newest] = [...starts].sort(([a, startA], [b, startB]) => startB - startA || (a < b ? 1 : -1));
  return newest![0];
};

/** Those who may take the join, best first: within the bound, of the newest revision, having the room. */
const rank = <Edge extends PlacementEdge>(
  region: Region<Edge>,
  avoided: boolean,
  weights: PlacementWeights,
): Candidate<Edge>[] => {
  const pool = region.candidates.filter((candidate) => candidate.open && candidate.avoided === avoided);
  if (pool.length === 0) return pool;
  const mean = pool.reduce((sum, { pressure }) => sum + pressure, 0) / pool.length;
  const bound = Math.max(weights.packUntil, mean * weights.boundFactor);
  const isSpread = region.hosts >= weights.maxEdgesPerRoom;
  const cost = ({ pressure, outdated, hosts }: Candidate<Edge>): number =>
    (pressure >= bound ? 4 : 0) + (outdated ? 2 : 0) + (hosts ? 0 : 1);
  return (isSpread ? pool.filter(({ hosts }) => hosts) : pool).sort((a, b) => cost(a) - cost(b));
};

/** Next best ones of the same region, then in the room's own order of the others. */
const fallbacks = <Edge extends PlacementEdge>(
  chosen: Candidate<Edge>,
  next: readonly Candidate<Edge>[],
  where: { regions: ReadonlyMap<string, Region<Edge>>; order: readonly string[]; room: string },
): Edge[] => {
  const found = next.slice(0, MAX_FALLBACKS).map(({ edge }) => edge);
  const order = [chosen.edge.region, ...where.order.filter((name) => name !== chosen.edge.region)];
  for (const avoided of [false, true]) {
    for (const name of order) {
      if (found.length >= MAX_FALLBACKS) return found;
      const region = where.regions.get(name)!;
      score(region, where.room);
      for (const candidate of region.candidates) {
        if (found.length >= MAX_FALLBACKS) return found;
        const isNew = candidate !== chosen && !found.includes(candidate.edge);
        if (isNew && candidate.open && candidate.avoided === avoided) found.push(candidate.edge);
      }
    }
  }
  return found;
};

const reasonFor = <Edge extends PlacementEdge>(
  chosen: Candidate<Edge>,
  { candidates, hosts }: Region<Edge>,
  isFirstRegion: boolean,
): PlacementReason => {
  if (!isFirstRegion) return 'other_region';
  if (chosen.hosts) return 'packed';
  if (hosts === 0) return 'new_room';
  const allOutdated = candidates.every((candidate) => !candidate.hosts || candidate.outdated);
  return !chosen.outdated && allOutdated ? 'rollout' : 'spilled';
};
