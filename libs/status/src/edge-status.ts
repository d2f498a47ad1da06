import type { FrameSeries, HopTotals, LatencySeries } from './series.ts';

/** The largest answer of an edge, in bytes of its JSON. */
export const MAX_EDGE_STATUS_BYTES = 65_536;
/** Series taken of one edge: of latency, and of frames passed and lost each. */
const MAX_LATENCY_SERIES = 256;
const MAX_FRAME_SERIES = 512;
const MAX_BUCKETS = 128;
const MAX_CONNECTIONS_NAMED = 64;
const MAX_TEXT = 128;

/** How an edge is now. */
export interface EdgeGauges {
  connections: number;
  rooms: number;
  participants: number;
  /** Streams that selectors let through; undefined where it is not counted. */
  speakers: number | undefined;
  /** 0 … 1. */
  load: number;
  lagSeconds: number;
  egressFramesPerSecond: number;
  pausedListeners: number;
  draining: boolean;
  /** Whether each bus is there, by name; empty where there is none. */
  bus: Record<string, boolean>;
  /** Whether each Redis for state is there, by region or `control`. */
  redis: Record<string, boolean>;
}

/** An edge's answer to the order `status`. */
export interface EdgeStatus extends HopTotals {
  edge: string;
  boot: string;
  region: string;
  /** Of the program; empty if it does not say. */
  version: string;
  uptimeSeconds: number;
  /** Upper bounds of the buckets of every latency series, in seconds. */
  boundsSeconds: number[];
  gauges: EdgeGauges;
}

/** Reads an edge's answer, which may be of another version; undefined for anything that is none. Unknown fields are left out. */
export const parseEdgeStatus = (value: unknown): EdgeStatus | undefined => {
  if (!isObject(value) || !isObject(value.gauges)) return undefined;
  const { edge, boot, region, version, uptimeSeconds, boundsSeconds, gauges } = value;
  if (!isText(edge) || !isText(boot) || !isText(region) || !isText(version)) return undefined;
  if (!isAmount(uptimeSeconds) || !isList(boundsSeconds, MAX_BUCKETS) || !boundsSeconds.every(isAmount)) {
    return undefined;
  }
  const latency = readSeries(value.latency, MAX_LATENCY_SERIES, (one) =>
    readLatency(one, boundsSeconds.length + 1),
  );
  const passed = readSeries(value.passed, MAX_FRAME_SERIES, readFrames);
  const lost = readSeries(value.lost, MAX_FRAME_SERIES, readFrames);
  const read = readGauges(gauges);
  if (latency === undefined || passed === undefined || lost === undefined || read === undefined) {
    return undefined;
  }
  return { edge, boot, region, version, uptimeSeconds, boundsSeconds, latency, passed, lost, gauges: read };
};

const readSeries = <T>(
  value: unknown,
  most: number,
  read: (one: Record<string, unknown>) => T | undefined,
): T[] | undefined => {
  if (!isList(value, most)) return undefined;
  const series: T[] = [];
  for (const one of value) {
    const taken = isObject(one) ? read(one) : undefined;
    if (taken === undefined) return undefined;
    series.push(taken);
  }
  return series;
};

const readLatency = (one: Record<string, unknown>, buckets: number): LatencySeries | undefined => {
  const { side, counts, sumSeconds } = one;
  const labels = readLabels(one);
  if (labels === undefined || !isText(side) || !isAmount(sumSeconds)) return undefined;
  if (!isList(counts, buckets) || counts.length !== buckets || !counts.every(isAmount)) return undefined;
  return { ...labels, side, counts, sumSeconds };
};

const readFrames = (one: Record<string, unknown>): FrameSeries | undefined => {
  const { kind, frames } = one;
  const labels = readLabels(one);
  return labels !== undefined && isText(kind) && isAmount(frames) ? { ...labels, kind, frames } : undefined;
};

const readLabels = ({ hop, source, fromRegion, toRegion }: Record<string, unknown>) =>
  isText(hop) && isText(source) && isText(fromRegion) && isText(toRegion)
    ? { hop, source, fromRegion, toRegion }
    : undefined;

const readGauges = (value: Record<string, unknown>): EdgeGauges | undefined => {
  const { connections, rooms, participants, speakers, load, draining } = value;
  const { lagSeconds, egressFramesPerSecond, pausedListeners } = value;
  const bus = readUps(value.bus);
  const redis = readUps(value.redis);
  if (!isAmount(connections) || !isAmount(rooms) || !isAmount(participants) || !isAmount(load)) {
    return undefined;
  }
  if (!isAmount(lagSeconds) || !isAmount(egressFramesPerSecond) || !isAmount(pausedListeners)) {
    return undefined;
  }
  if (typeof draining !== 'boolean' || bus === undefined || redis === undefined) return undefined;
  return {
    connections,
    rooms,
    participants,
    speakers: isAmount(speakers) ? speakers : undefined,
    load,
    lagSeconds,
    egressFramesPerSecond,
    pausedListeners,
    draining,
    bus,
    redis,
  };
};

const readUps = (value: unknown): Record<string, boolean> | undefined => {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  const isSound = entries.every(([name, up]) => isText(name) && typeof up === 'boolean');
  return isSound && entries.length <= MAX_CONNECTIONS_NAMED
    ? (Object.fromEntries(entries) as Record<string, boolean>)
    : undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: unknown, most: number): value is unknown[] =>
  Array.isArray(value) && value.length <= most;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;

const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
