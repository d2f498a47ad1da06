/** Which series of a hop; labels that a hop does not have are empty. */
export interface SeriesLabels {
  hop: string;
  /** `ingress` or `egress` of the edge. */
  side: string;
  /** `edge`, or `client` for what rests on a client's word. */
  source: string;
  fromRegion: string;
  toRegion: string;
}

/** A latency histogram since some beginning. */
export interface LatencySeries extends SeriesLabels {
  /** Observations per bucket, not cumulative; the last one is for values over every bound. */
  counts: number[];
  /** Of all observations, in seconds. */
  sumSeconds: number;
}

/** Frames that passed a hop (`kind` is the direction) or were lost there (`kind` is the reason). */
export interface FrameSeries extends Omit<SeriesLabels, 'side'> {
  kind: string;
  frames: number;
}

/** All that is counted along the hops: cumulative, of one process or of many. */
export interface HopTotals {
  latency: LatencySeries[];
  passed: FrameSeries[];
  lost: FrameSeries[];
}

/** The same text for the same series. */
export const latencyKey = ({ hop, side, source, fromRegion, toRegion }: SeriesLabels): string =>
  [hop, side, source, fromRegion, toRegion].join(' ');

/** The same text for the same series. */
export const framesKey = ({ hop, kind, source, fromRegion, toRegion }: Omit<FrameSeries, 'frames'>): string =>
  [hop, kind, source, fromRegion, toRegion].join(' ');
