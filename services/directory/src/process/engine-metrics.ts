import { exportRedisMetrics, type Metrics } from '@partyline/telemetry';
import { Gauge } from 'prom-client';
import type { Engines } from './engines.ts';
import type { RegionWatch } from './region-watch.ts';
import type { SweepLoop } from './sweep-loop.ts';

/** What the process counts about what it shares with others. Labels are names from the settings. */
export const engineMetrics = (
  metrics: Metrics,
  { registry, bus }: Engines,
  sweep: SweepLoop,
  regions: Pick<RegionWatch, 'edges'>,
): void => {
  const registers = [metrics.registry];
  exportRedisMetrics(metrics, {
    prefix: 'partyline_directory_redis',
    what: 'a Redis',
    clients: () => registry.clients,
  });
  metrics.counter({
    name: 'partyline_directory_region_questions_total',
    help: 'Questions to the registries of other regions, by what became of them.',
    labelNames: ['asked_region', 'outcome'],
    collect: () =>
      [...registry.registry.remotes].flatMap(([asked_region, { stats }]) => [
        { labels: { asked_region, outcome: 'answered' }, value: stats.asked - stats.failed },
        { labels: { asked_region, outcome: 'failed' }, value: stats.failed },
        { labels: { asked_region, outcome: 'not_asked' }, value: stats.rested },
      ]),
  });
  new Gauge({
    name: 'partyline_directory_edges',
    help: 'Living edges as this directory sees them, by region of the settings; some seconds old.',
    labelNames: ['edge_region'],
    registers,
    collect() {
      for (const [edge_region, count] of regions.edges) this.set({ edge_region }, count);
    },
  });
  new Gauge({
    name: 'partyline_directory_moderation_waiting',
    help: 'Moderation that another region has not taken yet.',
    registers,
    collect() {
      this.set(registry.registry.retries.size);
    },
  });
  metrics.counter({
    name: 'partyline_directory_moderation_retries_total',
    help: 'Moderation that another region did not take at once, by what became of it.',
    labelNames: ['outcome'],
    collect: () =>
      Object.entries(registry.registry.retries.stats).map(([outcome, value]) => ({
        labels: { outcome },
        value,
      })),
  });
  metrics.counter({
    name: 'partyline_directory_moderation_restored_total',
    help: "Moderation that the own region's state had lost and another region still had.",
    labelNames: [],
    collect: () => [{ labels: {}, value: registry.registry.repair.stats.restored }],
  });
  new Gauge({
    name: 'partyline_directory_bus_up',
    help: "Whether the own region's bus is connected: 1 or 0.",
    registers,
    collect() {
      this.set(bus.stats.up ? 1 : 0);
    },
  });
  metrics.counter({
    name: 'partyline_directory_events_dropped_total',
    help: 'Events that nobody took in time, so that they gave way to later ones.',
    labelNames: [],
    collect: () => [{ labels: {}, value: registry.events.stats.dropped }],
  });
  metrics.counter({
    name: 'partyline_directory_sweep_failures_total',
    help: 'Sweeps of what has run out that did not get through.',
    labelNames: [],
    collect: () => [{ labels: {}, value: sweep.failures }],
  });
};
