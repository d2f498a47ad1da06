export { type CollectedCounterOptions, type CollectedSample, collectedCounter } from './collected-counter.ts';
export {
  FieldHistogram,
  type FieldHistogramLabels,
  HOP_LATENCY_BUCKETS_SECONDS,
  type HopLatencyOptions,
  hopLatencyMetric,
} from './field-histogram.ts';
export { HOPS, type Hop } from './hops.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { OpsServer, type OpsServerOptions, type Readiness } from './ops-server.ts';
export { readableLine } from './readable-lines.ts';
