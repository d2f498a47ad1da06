import type { ControlPlane } from '@partyline/bus';
import { exportRedisMetrics, type Metrics } from '@partyline/telemetry';
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
  const registers = [metrics.registry];
  exportRedisMetrics(metrics, {
    prefix: 'partyline_edge_redis',
    what: 'a Redis for state',
    clients: () => clusterRegistry.clients,
  });
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
