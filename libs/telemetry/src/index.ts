export { type CollectedCounterOptions, type CollectedSample, collectedCounter } from './collected-counter.ts';
export { FieldHistogram, HOP_LATENCY_BUCKETS_SECONDS } from './field-histogram.ts';
export type {
  FieldHistogramMetric,
  FieldHistogramMetricOptions,
  HistogramSeries,
} from './field-histogram-metric.ts';
export { HOPS, type Hop, type HopLatencyOptions } from './hops.ts';
export type { JoinStage } from './join-duration.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './log.ts';
export { createMetrics, type MetricSample, type Metrics } from './metrics.ts';
export { operationsFields } from './operations-config.ts';
export {
  type OpsReply,
  type OpsRoutes,
  OpsServer,
  type OpsServerOptions,
  type Readiness,
} from './ops-server.ts';
export { readableLine } from './readable-lines.ts';
export { exportRedisMetrics, type RedisMetricsOptions, type WatchedRedis } from './redis-metrics.ts';
export { type TracingSettings, tracingFields } from './tracing/config.ts';
export { roomDigest } from './tracing/room-digest.ts';
export {
  NO_SPAN,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type TraceSpan,
} from './tracing/span.ts';
export type { FinishedSpan } from './tracing/span-export.ts';
export { tracedCalls } from './tracing/traced-calls.ts';
export { formatTraceparent, parseTraceparent, type TraceParent } from './tracing/traceparent.ts';
export {
  SpanCounts,
  TRACING_OFF,
  Tracing,
  type TracingDeps,
  type TracingIdentity,
} from './tracing/tracing.ts';
export { VERSION } from './version.ts';
