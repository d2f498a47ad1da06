import type { GroupOf, RecordingRule } from '../rule.ts';

/** How full edges are, what they send, and how many listeners cannot take it. */
export const capacity: GroupOf<RecordingRule> = (span) => {
  const bundles = `sum by (cluster, region, edge) (rate(partyline_bus_bundles_total{direction="in"}[${span(5)}]))`;
  const missing = `sum by (cluster, region, edge) (rate(partyline_bus_bundles_lost_total[${span(5)}]))`;
  return {
    name: 'partyline-capacity',
    rules: [
      {
        record: 'partyline:egress_frames:rate5m',
        expr: `sum by (cluster, region) (rate(partyline_frames_total{hop="downlink",direction="out"}[${span(5)}]))`,
      },
      ...(['min', 'avg', 'max'] as const).map((operation) => ({
        record: `partyline:edge_load:${operation}`,
        expr: `${operation} by (cluster, region) (partyline_edge_load)`,
      })),
      {
        record: 'partyline:participants:sum',
        expr: 'sum by (cluster, region) (partyline_edge_participants)',
      },
      {
        // Backpressure: what share of people is not sent anything for the moment.
        record: 'partyline:listeners_paused:ratio',
        expr: 'sum by (cluster, region) (partyline_edge_paused_listeners) / (partyline:participants:sum > 0)',
      },
      {
        record: 'partyline:bus_bundles_lost:ratio5m',
        expr: `${missing} / (${missing} + ${bundles} > 0)`,
      },
    ],
  };
};
