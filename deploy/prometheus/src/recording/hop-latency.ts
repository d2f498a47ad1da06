import type { GroupOf, RecordingRule } from '../rule.ts';
import { DAY } from '../span.ts';

const BY = 'cluster, region, hop, side, from_region, to_region';
const BUCKETS = 'partyline:hop_latency_seconds_bucket:rate5m';
const QUANTILES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

/** `>= 0` leaves out the NaN of hops on which nothing passed: an idle night must not count as a fast one. */
const quantile = (share: number, buckets: string): string => `histogram_quantile(${share}, ${buckets}) >= 0`;

/** How long frames spend on each hop, over five minutes. */
export const hopLatency: GroupOf<RecordingRule> = (span) => {
  const rate = (part: string, by: string): string =>
    `sum by (${by}) (rate(partyline_hop_latency_seconds_${part}[${span(5)}]))`;
  const mouthToEar = (part: string, by: string): string =>
    `sum by (${by}) (partyline:hop_latency_seconds_${part}:rate5m{hop="mouth_to_ear"})`;
  return {
    name: 'partyline-hop-latency',
    rules: [
      { record: BUCKETS, expr: rate('bucket', `${BY}, le`) },
      { record: 'partyline:hop_latency_seconds_sum:rate5m', expr: rate('sum', BY) },
      { record: 'partyline:hop_latency_seconds_count:rate5m', expr: rate('count', BY) },
      {
        record: 'partyline:hop_latency_seconds:mean',
        expr: 'partyline:hop_latency_seconds_sum:rate5m / (partyline:hop_latency_seconds_count:rate5m > 0)',
      },
      ...QUANTILES.map(([name, share]) => ({
        record: `partyline:hop_latency_seconds:${name}`,
        expr: quantile(share, BUCKETS),
      })),
      {
        record: 'partyline:mouth_to_ear_seconds:mean',
        expr: `${mouthToEar('sum', 'cluster')} / (${mouthToEar('count', 'cluster')} > 0)`,
      },
      ...QUANTILES.map(([name, share]) => ({
        record: `partyline:mouth_to_ear_seconds:${name}`,
        expr: quantile(share, mouthToEar('bucket', 'cluster, le')),
      })),
      {
        // Which edge is slow, not only in which region there is one.
        record: 'partyline:edge_hop_latency_seconds:p95',
        expr: quantile(
          0.95,
          `sum by (cluster, region, edge, side, le) (rate(partyline_hop_latency_seconds_bucket{hop="edge"}[${span(5)}]))`,
        ),
      },
      {
        // The network's own time between two regions: what the fastest tenth of a day looked like. Not the least,
        // for a clock that is set back makes some frames look as if they had taken no time at all.
        record: 'partyline:bus_latency_seconds:usual1d',
        expr: `quantile_over_time(0.1, partyline:hop_latency_seconds:p50{hop="bus"}[${span(DAY)}])`,
      },
      {
        record: 'partyline:bus_latency_seconds:excess',
        expr: 'partyline:hop_latency_seconds:p95{hop="bus"} - partyline:bus_latency_seconds:usual1d',
      },
    ],
  };
};
