/** Where the client reads the time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with a fraction; never goes backwards. */
  now(): number;
}

/** Wall time at start plus monotonic time since: an adjusted wall clock makes no frame look late. */
export const localClock: Clock = { now: () => performance.timeOrigin + performance.now() };

/** Time as the cluster's edges count it: the capture times of frames are in it. */
export interface ClusterClock extends Clock {
  /** Cluster time minus local time, in ms; 0 until first known. */
  readonly offsetMs: number;
  /** Cluster time of a local time, in ms since the epoch. */
  toCluster(localMs: number): number;
}
