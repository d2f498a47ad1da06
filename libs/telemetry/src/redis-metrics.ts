import { Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** A connection to a Redis, as far as it is watched. */
export interface WatchedRedis {
  readonly up: boolean;
  /** Undefined while it is away. */
  readonly roundTripMs: number | undefined;
  readonly clockOffsetMs: number | undefined;
  readonly stats: { readonly connects: number; readonly losses: number; readonly stalls: number };
}

export interface RedisMetricsOptions {
  /** What names begin with, such as `partyline_edge_redis`. */
  prefix: string;
  /** What help texts call one, such as `a Redis`. */
  what: string;
  /** By name of the settings; asked at every scrape. */
  clients: () => Iterable<readonly [redis: string, client: WatchedRedis]>;
}

/** Exports how the connections to each Redis do. */
export const exportRedisMetrics = (
  metrics: Metrics,
  { prefix, what, clients }: RedisMetricsOptions,
): void => {
  const gauge = (name: string, help: string, read: (client: WatchedRedis) => number | undefined): void => {
    new Gauge({
      name: `${prefix}_${name}`,
      help,
      labelNames: ['redis'],
      registers: [metrics.registry],
      collect() {
        // One that is away has no round trip and no clock.
        this.reset();
        for (const [redis, client] of clients()) {
          const value = read(client);
          if (value !== undefined) this.set({ redis }, value);
        }
      },
    });
  };
  gauge('up', `Whether the connection to ${what} stands: 1 or 0.`, ({ up }) => (up ? 1 : 0));
  gauge(
    'round_trip_seconds',
    `How long ${what} took to answer the last probe, of one each second.`,
    ({ roundTripMs }) => roundTripMs && roundTripMs / 1_000,
  );
  gauge(
    'clock_offset_seconds',
    `By how much the clock of ${what} is ahead of this process's.`,
    ({ clockOffsetMs }) => clockOffsetMs && clockOffsetMs / 1_000,
  );
  for (const [field, help] of [
    ['connects', `Connections made to ${what}.`],
    ['losses', `Connections to ${what} that ended without being told to.`],
    ['stalls', `Connections to ${what} that were ended because it did not answer.`],
  ] as const) {
    metrics.counter({
      name: `${prefix}_${field}_total`,
      help,
      labelNames: ['redis'],
      collect: () =>
        [...clients()].map(([redis, client]) => ({ labels: { redis }, value: client.stats[field] })),
    });
  }
};
