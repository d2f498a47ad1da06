import type { EdgeStatus, FrameSeries, LatencySeries } from '@partyline/status';
import { HOP_LATENCY_BUCKETS_SECONDS, type MetricSample, type Metrics } from '@partyline/telemetry';

/** What an edge is, beside its metrics. */
export interface StatusOwner {
  edge: string;
  boot: string;
  region: string;
}

/**
 * What this edge tells a directory that somebody watches: the hops, and how it is now. It is read from the metrics, so that the
 * page and Prometheus cannot disagree, and only when it is asked for: who is not watched counts nothing twice.
 */
export const readStatus = async (metrics: Metrics, owner: StatusOwner): Promise<EdgeStatus> => {
  const value = async (name: string): Promise<number | undefined> => {
    const samples = await metrics.samples(name);
    return samples.length === 0 ? undefined : samples.reduce((total, sample) => total + sample.value, 0);
  };
  const ups = async (name: string, label: string): Promise<Record<string, boolean>> =>
    Object.fromEntries(
      (await metrics.samples(name)).map((sample) => [text(sample, label), sample.value === 1]),
    );
  const [info] = await metrics.samples('partyline_build_info');
  return {
    ...owner,
    version: info === undefined ? '' : text(info, 'version'),
    uptimeSeconds: Math.round(process.uptime()),
    boundsSeconds: [...HOP_LATENCY_BUCKETS_SECONDS],
    latency: latencySeries(metrics),
    passed: frameSeries(await metrics.samples('partyline_frames_total'), 'direction'),
    lost: frameSeries(await metrics.samples('partyline_frames_lost_total'), 'reason'),
    gauges: {
      connections: (await value('partyline_edge_connections')) ?? 0,
      rooms: (await value('partyline_edge_rooms')) ?? 0,
      participants: (await value('partyline_edge_participants')) ?? 0,
      speakers: await value('partyline_edge_speakers'),
      load: (await value('partyline_edge_load')) ?? 0,
      lagSeconds: (await value('partyline_edge_event_loop_lag_seconds')) ?? 0,
      egressFramesPerSecond: (await value('partyline_edge_egress_frames_per_second')) ?? 0,
      pausedListeners: (await value('partyline_edge_paused_listeners')) ?? 0,
      draining: (await value('partyline_edge_draining')) === 1,
      bus: await ups('partyline_bus_up', 'bus'),
      redis: await ups('partyline_edge_redis_up', 'redis'),
    },
  };
};

/** Those without an observation are left out: a lane that is silent everywhere has nothing to show. */
const latencySeries = (metrics: Metrics): LatencySeries[] => {
  const series: LatencySeries[] = [];
  for (const { labels, histogram } of metrics.hopSeries()) {
    if (histogram.count === 0) continue;
    series.push({
      hop: labels.hop ?? '',
      side: labels.side ?? '',
      source: labels.source ?? '',
      fromRegion: labels.from_region ?? '',
      toRegion: labels.to_region ?? '',
      counts: [...histogram.counts],
      sumSeconds: histogram.sum,
    });
  }
  return series;
};

const frameSeries = (samples: readonly MetricSample[], kind: 'direction' | 'reason'): FrameSeries[] =>
  samples
    .filter((sample) => sample.value > 0)
    .map((sample) => ({
      hop: text(sample, 'hop'),
      kind: text(sample, kind),
      source: text(sample, 'source'),
      fromRegion: text(sample, 'from_region'),
      toRegion: text(sample, 'to_region'),
      frames: sample.value,
    }));

const text = ({ labels }: MetricSample, label: string): string => String(labels[label] ?? '');
