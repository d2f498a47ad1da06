export { type Budget, type Grade, LOSS_BUDGET } from './budgets.ts';
export { ClusterTotals } from './cluster-totals.ts';
export { type EdgeGauges, type EdgeStatus, MAX_EDGE_STATUS_BYTES, parseEdgeStatus } from './edge-status.ts';
export { countText, durationText, percentText, secondsText } from './figures.ts';
export { type LaneColumn, LaneHistory, type LaneMoment } from './lane-history.ts';
export { type LaneReading, readLane } from './lane-reading.ts';
export { type Lane, lanesOf } from './lanes.ts';
export { observations, quantile } from './quantile.ts';
export type { FrameSeries, HopTotals, LatencySeries } from './series.ts';
export {
  byUrgency,
  type EdgeRow,
  type EdgeState,
  type RegionRow,
  regionRows,
  type StatusSnapshot,
} from './snapshot.ts';
export { type Verdict, verdictOf } from './verdict.ts';
