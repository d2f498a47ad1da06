import type { EdgeStatus } from './edge-status.ts';
import type { FrameSeries, HopTotals, LatencySeries } from './series.ts';
import type { EdgeRow } from './snapshot.ts';

/** Few buckets, for tests: up to 10 ms, 100 ms, 1 s, and over. */
export const BOUNDS = [0.01, 0.1, 1];

export const latency = (hop: string, counts: number[], more: Partial<LatencySeries> = {}): LatencySeries => ({
  hop,
  side: '',
  source: 'edge',
  fromRegion: '',
  toRegion: '',
  counts,
  sumSeconds: 0,
  ...more,
});

export const frames = (
  hop: string,
  kind: string,
  count: number,
  more: Partial<FrameSeries> = {},
): FrameSeries => ({
  hop,
  kind,
  source: 'edge',
  fromRegion: '',
  toRegion: '',
  frames: count,
  ...more,
});

export const totals = (more: Partial<HopTotals> = {}): HopTotals => ({
  latency: [],
  passed: [],
  lost: [],
  ...more,
});

export const edgeStatus = (edge: string, more: Partial<EdgeStatus> = {}): EdgeStatus => ({
  edge,
  boot: 'boot',
  region: 'eu',
  version: '1',
  uptimeSeconds: 9,
  boundsSeconds: BOUNDS,
  ...totals(),
  gauges: {
    connections: 3,
    rooms: 1,
    participants: 3,
    speakers: 1,
    load: 0.1,
    lagSeconds: 0.001,
    egressFramesPerSecond: 100,
    pausedListeners: 0,
    draining: false,
    bus: { media: true, control: true },
    redis: { eu: true },
  },
  ...more,
});

export const edgeRow = (edge: string, more: Partial<EdgeRow> = {}): EdgeRow => ({
  edge,
  boot: 'boot',
  region: 'eu',
  state: 'answers',
  startedAtMs: 0,
  version: '1',
  maxConnections: 100,
  gauges: edgeStatus(edge).gauges,
  ...more,
});
