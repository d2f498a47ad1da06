import type { ControlPlane } from '@partyline/bus';
import type { Metrics } from '@partyline/telemetry';
import { Gauge } from 'prom-client';
import type { Engines } from './engines.ts';
import type { RegionCheck } from './region-check.ts';
import type { TicketKeys } from './ticket-keys.ts';

/** What an edge process counts about what it shares with others. Labels are names from the settings. */
export const processMetrics = (
  metrics: Metrics,
  { clusterRegistry }: Engines,
  ticketKeys: TicketKeys,
  regionCheck: Pick<RegionCheck, 'known'>,
  controlPlane: Pick<ControlPlane, 'stats'>,
): void => {
  const clients = () => [...clusterRegistry.clients].map(([redis, client]) => ({ redis, client }));
  const registers = [metrics.registry];
  new Gauge({
    name: 'partyline_edge_redis_up',
    help: 'Whether the connection to a Redis for state stands: 1 or 0.',
    labelNames: ['redis'],
    registers,
    collect() {
      for (const { redis, client } of clients()) this.set({ redis }, client.up ? 1 : 0);
    },
  });
  for (const [name, field, help] of [
    [
      'round_trip',
      'roundTripMs',
      'How long a Redis for state took to answer the last probe, of one each second.',
    ],
    [
      'clock_offset',
      'clockOffsetMs',
      "By how much the clock of a Redis for state is ahead of this process's.",
    ],
  ] as const) {
    new Gauge({
      name: `partyline_edge_redis_${name}_seconds`,
      help,
      labelNames: ['redis'],
      registers,
      collect() {
        // One that is away has none.
        this.reset();
        for (const { redis, client } of clients()) {
          const valueMs = client[field];
          if (valueMs !== undefined) this.set({ redis }, valueMs / 1_000);
        }
      },
    });
  }
  for (const [field, help] of [
    ['connects', 'Connections made to a Redis for state.'],
    ['losses', 'Connections to a Redis for state that ended without being told to.'],
    ['stalls', 'Connections to a Redis for state that were ended because it did not answer.'],
  ] as const) {
    metrics.counter({
      name: `partyline_edge_redis_${field}_total`,
      help,
      labelNames: ['redis'],
      collect: () =>
        clients().map(({ redis, client }) => ({ labels: { redis }, value: client.stats[field] })),
    });
  }
  new Gauge({
    name: 'partyline_edge_region_known',
    help: 'Whether the directories know the region of this edge, so that somebody can be sent to it: 1 or 0.',
    registers,
    collect() {
      this.set(regionCheck.known === false ? 0 : 1);
    },
  });
  new Gauge({
    name: 'partyline_edge_ticket_keys_known',
    help: 'Whether the keys of tickets are known: 1 or 0.',
    registers,
    collect() {
      this.set(ticketKeys.known ? 1 : 0);
    },
  });
  metrics.counter({
    name: 'partyline_edge_orders_refused_total',
    help: 'Orders of directories not carried out: not understood (invalid), too many at once (busy), or broken here (error).',
    labelNames: ['reason'],
    collect: () => [
      { labels: { reason: 'invalid' }, value: controlPlane.stats.invalid },
      { labels: { reason: 'busy' }, value: controlPlane.stats.refused },
      { labels: { reason: 'error' }, value: controlPlane.stats.handlerErrors },
    ],
  });
  metrics.counter({
    name: 'partyline_edge_ticket_key_fetches_total',
    help: 'Attempts to fetch the keys of tickets from a directory.',
    labelNames: ['outcome'],
    collect: () => [
      { labels: { outcome: 'fetched' }, value: ticketKeys.fetches },
      { labels: { outcome: 'failed' }, value: ticketKeys.failures },
    ],
  });
};
