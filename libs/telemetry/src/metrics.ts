import { type Counter, collectDefaultMetrics, Registry } from 'prom-client';
import { type CollectedCounterOptions, collectedCounter } from './collected-counter.ts';
import { type FieldHistogram, type HopLatencyOptions, hopLatencyMetric } from './field-histogram.ts';

/** One process's metrics. */
export interface Metrics {
  /** For gauges and the rare histogram that is not on a hot path. */
  readonly registry: Registry;
  /** Exports totals that are kept elsewhere as plain fields; see `collectedCounter`. */
  counter<L extends string>(options: CollectedCounterOptions<L>): Counter<L>;
  /** A series of `partyline_hop_latency_seconds`; the same labels give the same histogram. */
  hopLatency(options: HopLatencyOptions): FieldHistogram;
  /** The page for Prometheus. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** Gauges among prom-client's default metrics that are named like counters, which promtool rightly refuses. */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * A registry of its own, so that several services in one process do not mix.
 * @param options `processMetrics: false` leaves out memory, CPU and event-loop lag, which one process need
 *   export only once
 */
export function createMetrics({ processMetrics = true } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamedDefaults) registry.removeSingleMetric(name);
  }
  const hops = hopLatencyMetric();
  registry.registerMetric(hops.metric);
  return {
    registry,
    counter: (options) => collectedCounter(registry, options),
    hopLatency: (options) => hops.histogram(options),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
