import { type Counter, collectDefaultMetrics, Gauge, type Histogram, Registry } from 'prom-client';
import { type CollectedCounterOptions, collectedCounter } from './collected-counter.ts';
import type { FieldHistogram } from './field-histogram.ts';
import {
  type FieldHistogramMetric,
  type FieldHistogramMetricOptions,
  fieldHistogramMetric,
  type HistogramSeries,
} from './field-histogram-metric.ts';
import { type HopLatencyOptions, hopLabels, hopLatencyMetric } from './hops.ts';
import { type JoinStage, joinDurationMetric } from './join-duration.ts';
import { VERSION } from './version.ts';

/** One process's metrics. */
export interface Metrics {
  /** For gauges and the rare histogram that is not on a hot path. */
  readonly registry: Registry;
  /** Exports totals that are kept elsewhere as plain fields; see `collectedCounter`. */
  counter<L extends string>(options: CollectedCounterOptions<L>): Counter<L>;
  /** A series of `partyline_hop_latency_seconds`; the same labels give the same histogram. */
  hopLatency(options: HopLatencyOptions): FieldHistogram;
  /** Another histogram that is cheap to add to; once a name. */
  histogram<L extends string>(options: FieldHistogramMetricOptions<L>): FieldHistogramMetric<L>;
  /** A series of `partyline_join_duration_seconds`. */
  joinDuration(stage: JoinStage): FieldHistogram;
  /** Every series of `partyline_hop_latency_seconds` as it is now, for who reads it without Prometheus. */
  hopSeries(): Iterable<HistogramSeries>;
  /**
   * The samples of one metric, collected now and no other with them; none for a name that is not exported.
   * @param name a counter or gauge
   */
  samples(name: string): Promise<readonly MetricSample[]>;
  /** The page for Prometheus. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** One series of a counter or gauge. */
export interface MetricSample {
  labels: Readonly<Partial<Record<string, string | number>>>;
  value: number;
}

/** Gauges among prom-client's default metrics that are named like counters, which promtool rightly refuses. */
const misnamedDefaults = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * A registry of its own, so that several services in one process do not mix.
 * @param options `processMetrics: false` leaves out memory, CPU, event-loop lag and the version, which one process
 *   need export only once
 */
export function createMetrics({ processMetrics = true } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamedDefaults) registry.removeSingleMetric(name);
    new Gauge({
      name: 'partyline_build_info',
      help: 'The version of Partyline, and of the Node.js that runs it.',
      labelNames: ['version', 'node'],
      registers: [registry],
    }).set({ version: VERSION, node: process.version }, 1);
  }
  // Only where there are hops, or joins: a metric without series would be a promise on the page.
  let hops: ReturnType<typeof hopLatencyMetric> | undefined;
  let joins: ReturnType<typeof joinDurationMetric> | undefined;
  const open = <L extends string, Opened extends { metric: Histogram<L> }>(opened: Opened): Opened => {
    registry.registerMetric(opened.metric);
    return opened;
  };
  return {
    registry,
    counter: (options) => collectedCounter(registry, options),
    hopLatency: (options) => {
      hops ??= open(hopLatencyMetric());
      return hops.series(hopLabels(options));
    },
    histogram: (options) => open(fieldHistogramMetric(options)),
    joinDuration: (stage) => {
      joins ??= open(joinDurationMetric());
      return joins.series(stage);
    },
    hopSeries: () => hops?.all() ?? [],
    samples: async (name) => (await registry.getSingleMetric(name)?.get())?.values ?? [],
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
