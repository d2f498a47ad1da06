export { type CollectedCounterOptions, type CollectedSample, collectedCounter } from './collected-counter.ts';
export { FieldHistogram, HOP_LATENCY_BUCKETS_SECONDS } from './field-histogram.ts';
export type { FieldHistogramMetric, FieldHistogramMetricOptions } from './field-histogram-metric.ts';
export { HOPS, type Hop, type HopLatencyOptions } from './hops.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { OpsServer, type OpsServerOptions, type Readiness } from './ops-server.ts';
export { readableLine } from './readable-lines.ts';
