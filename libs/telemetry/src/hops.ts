import { fieldHistogramMetric } from './field-histogram-metric.ts';

/** The ways a frame takes, in order; `mouth_to_ear` is the client's estimate of all of them together. */
export const HOPS = ['capture', 'uplink', 'edge', 'bus', 'downlink', 'playout', 'mouth_to_ear'] as const;

export type Hop = (typeof HOPS)[number];

export interface HopLatencyOptions {
  hop: Hop;
  /** Of the edge: towards listeners of frames from speakers here, or from other edges. */
  side?: 'ingress' | 'egress';
  /** Who measured: the edge itself, which it is unless given, or a client whose word it is. */
  source?: 'edge' | 'client';
  /** Where a frame came from and went to; both, for a hop between edges. */
  fromRegion?: string;
  toRegion?: string;
}

type HopLabel = 'hop' | 'side' | 'source' | 'from_region' | 'to_region';

/** The labels of a series of `partyline_hop_latency_seconds`. */
export const hopLabels = (options: HopLatencyOptions): Partial<Record<HopLabel, string>> => {
  const { hop, side = '', source = 'edge', fromRegion = '', toRegion = '' } = options;
  return { hop, side, source, from_region: fromRegion, to_region: toRegion };
};

/** The metric `partyline_hop_latency_seconds`. */
export const hopLatencyMetric = () =>
  fieldHistogramMetric<HopLabel>({
    name: 'partyline_hop_latency_seconds',
    help: 'Time a frame spends on a hop, in seconds.',
    labelNames: ['hop', 'side', 'source', 'from_region', 'to_region'],
  });
