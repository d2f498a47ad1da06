/**
 * What a horizontal autoscaler keeps an edge at, and dashboards draw as a line. They are the values to begin with
 * for an edge of one core and `PARTYLINE_EDGE_MAX_CONNECTIONS` of 10,000; whoever sets others draws other lines.
 */
export const AUTOSCALING_TARGETS = {
  /** Share of an edge, by the worse of CPU and connections. */
  load: 0.6,
  connections: 6_000,
  egressFramesPerSecond: 120_000,
} as const;

/** Load from which on an edge hands rooms away: `PARTYLINE_EDGE_SHED_FROM`. */
export const SHED_FROM = 0.9;
