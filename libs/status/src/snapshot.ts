import type { EdgeGauges } from './edge-status.ts';
import type { HopTotals } from './series.ts';

/**
 * `silent`: no answer in time. `unreachable`: nobody listens there, as after a crash. `refused`: an older version, which does not
 * know the order, or one that is too busy. `not_asked`: there was no time left in this round.
 */
export type EdgeState = 'answers' | 'silent' | 'unreachable' | 'refused' | 'not_asked';

/** One edge as the page lists it. */
export interface EdgeRow {
  edge: string;
  boot: string;
  region: string;
  state: EdgeState;
  /** Epoch, ms. */
  startedAtMs: number;
  version: string;
  maxConnections: number;
  /** Of the edge's answer, or as far as its lease tells them. */
  gauges: Pick<EdgeGauges, 'connections' | 'rooms' | 'load' | 'draining'> & Partial<EdgeGauges>;
}

/** Edges of a region put together. */
export interface RegionRow {
  region: string;
  edges: number;
  answering: number;
  draining: number;
  connections: number;
  maxConnections: number;
  rooms: number;
  participants: number;
  /** Undefined where no edge counts them. */
  speakers: number | undefined;
  /** Of the fullest edge. */
  highestLoad: number;
}

/** What `/status.json` answers. */
export interface StatusSnapshot extends HopTotals {
  /** Random per start of what adds the totals up: with another one they begin anew. */
  epoch: string;
  /** When it was collected: epoch, ms. */
  atMs: number;
  directory: {
    region: string;
    version: string;
    uptimeSeconds: number;
    bus: Record<string, boolean>;
    redis: Record<string, boolean>;
  };
  /** Why the edges are not known, in a sentence; undefined when they are. */
  problem: string | undefined;
  boundsSeconds: number[];
  regions: RegionRow[];
  edges: EdgeRow[];
  /** Edges that are left out of `edges`, though not of `regions` and the totals. */
  unlistedEdges: number;
}

/** Puts edges together by region, in the order of their names. */
export const regionRows = (edges: readonly EdgeRow[], regions: readonly string[]): RegionRow[] => {
  const rows = new Map<string, RegionRow>();
  for (const region of [...new Set([...regions, ...edges.map((edge) => edge.region)])].sort()) {
    rows.set(region, emptyRegion(region));
  }
  for (const { region, state, maxConnections, gauges } of edges) {
    const row = rows.get(region)!;
    row.edges += 1;
    row.answering += state === 'answers' ? 1 : 0;
    row.draining += gauges.draining ? 1 : 0;
    // Where nobody listens any more nobody is connected, whatever the last lease says.
    if (state === 'unreachable') continue;
    row.connections += gauges.connections;
    row.maxConnections += maxConnections;
    row.rooms += gauges.rooms;
    row.participants += gauges.participants ?? 0;
    if (gauges.speakers !== undefined) row.speakers = (row.speakers ?? 0) + gauges.speakers;
    row.highestLoad = Math.max(row.highestLoad, gauges.load);
  }
  return [...rows.values()];
};

const emptyRegion = (region: string): RegionRow => ({
  region,
  edges: 0,
  answering: 0,
  draining: 0,
  connections: 0,
  maxConnections: 0,
  rooms: 0,
  participants: 0,
  speakers: undefined,
  highestLoad: 0,
});

/** Those that somebody should look at first: who does not answer, who drains, then the fullest. */
export const byUrgency = (one: EdgeRow, other: EdgeRow): number =>
  Number(one.state === 'answers') - Number(other.state === 'answers') ||
  Number(other.gauges.draining) - Number(one.gauges.draining) ||
  other.gauges.load - one.gauges.load ||
  one.edge.localeCompare(other.edge);
