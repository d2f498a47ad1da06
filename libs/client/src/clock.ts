import type { Timers } from './timers.ts';

/** Where the client reads the time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since the Unix epoch, with a fraction; never goes backwards. */
  now(): number;
}

/** Wall time at start plus monotonic time since: an adjusted wall clock makes no frame look late. */
export const localClock: Clock = { now: () => performance.timeOrigin + performance.now() };

/** What passes the time: a clock, and timers that run by it. */
export interface Time extends Clock, Timers {}

/** One of both. */
export const timeOf = (clock: Clock, timers: Timers): Time => ({
  now: () => clock.now(),
  after: (delayMs, run) => timers.after(delayMs, run),
  every: (periodMs, run) => timers.every(periodMs, run),
});

/** Time as the cluster's edges count it: the capture times of frames are in it. */
export interface ClusterClock extends Clock {
  /** Cluster time minus local time, in ms; 0 until first known. */
  readonly offsetMs: number;
  /** Cluster time of a local time, in ms since the epoch. */
  toCluster(localMs: number): number;
}
