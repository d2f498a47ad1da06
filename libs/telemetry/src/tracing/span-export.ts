import {
  type Attributes,
  type HrTime,
  SpanKind as Kind,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../log.ts';
import { activeSpans, type SpanAttributes, type SpanKind, type SpanOptions, type TraceSpan } from './span.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { SpanCounts, TracingIdentity } from './tracing.ts';

/** Spans that wait for their export, those on their way included; more are dropped. */
export const MAX_QUEUED_SPANS = 4_096;
/** Spans of one request to the receiver. */
const BATCH_SPANS = 512;
const BATCH_DELAY_MS = 1_000;
/** The longest that one batch may take, tries included, in ms. */
const EXPORT_TIMEOUT_MS = 5_000;
/** A receiver that is away is told of once in so many ms. */
const WARN_EVERY_MS = 60_000;
const SCOPE = 'partyline';

/** A span that is over, whose ids were derived and not drawn. */
export interface FinishedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind?: SpanKind;
  /** Epoch ms; a span that would end before it starts ends at its start. */
  startMs: number;
  endMs: number;
  attributes?: SpanAttributes;
}

export interface SpanExportOptions {
  url: string;
  /** Share of new traces that are recorded. */
  ratio: number;
  identity: TracingIdentity;
}

export interface SpanExportDeps {
  counts: SpanCounts;
  log: Pick<Logger, 'warn'>;
  clock: { now(): number };
}

/** Everything that needs the SDK of OpenTelemetry: loaded only when tracing is on. */
export class SpanExport {
  readonly #clock: { now(): number };
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #processor: SpanProcessor;
  readonly #resource: Resource;

  constructor({ url, ratio, identity }: SpanExportOptions, { counts, log, clock }: SpanExportDeps) {
    this.#clock = clock;
    this.#resource = resourceFromAttributes({
      'service.namespace': 'partyline',
      'service.name': identity.service,
      'service.instance.id': identity.id,
      'service.version': identity.version,
      'cloud.region': identity.region,
    });
    this.#processor = boundedProcessor(
      new OTLPTraceExporter({ url: tracesUrl(url), timeoutMillis: EXPORT_TIMEOUT_MS }),
      { counts, log, clock },
    );
    this.#provider = new TracerProvider({
      resource: this.#resource,
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      spanLimits: { attributeValueLengthLimit: 256, attributeCountLimit: 32, eventCountLimit: 32 },
      spanProcessors: [this.#processor],
    });
    this.#tracer = this.#provider.getTracer(SCOPE);
  }

  begin(name: string, options: SpanOptions, active: TraceSpan | undefined): TraceSpan {
    const { kind = 'internal', attributes, startMs = this.#clock.now() } = options;
    const parent = parseTraceparent(options.parent ?? active?.traceparent);
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
            isRemote: options.parent !== undefined,
          });
    const span = this.#tracer.startSpan(
      name,
      { kind: KINDS[kind], startTime: startMs, ...(attributes && { attributes: attributes as Attributes }) },
      context,
    );
    return new SdkSpan(span, this.#clock);
  }

  record({ name, traceId, spanId, parentSpanId, kind = 'internal', ...rest }: FinishedSpan): void {
    const { startMs, attributes } = rest;
    const endMs = Math.max(startMs, rest.endMs);
    const context = { traceId, traceFlags: TraceFlags.SAMPLED };
    const span: ReadableSpan = {
      name,
      kind: KINDS[kind],
      spanContext: () => ({ ...context, spanId }),
      ...(parentSpanId !== undefined && { parentSpanContext: { ...context, spanId: parentSpanId } }),
      startTime: hrTime(startMs),
      endTime: hrTime(endMs),
      duration: hrTime(endMs - startMs),
      status: { code: SpanStatusCode.UNSET },
      attributes: (attributes ?? {}) as Attributes,
      links: [],
      events: [],
      ended: true,
      resource: this.#resource,
      instrumentationScope: { name: SCOPE },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
    this.#processor.onEnd(span);
  }

  /** Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const overrun = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([this.#provider.shutdown().catch(() => undefined), overrun]);
    clearTimeout(timer);
  }
}

class SdkSpan implements TraceSpan {
  readonly traceparent: string;
  readonly ids: TraceSpan['ids'];
  readonly #span: Span;
  readonly #clock: { now(): number };

  constructor(span: Span, clock: { now(): number }) {
    this.#span = span;
    this.#clock = clock;
    const { traceId, spanId, traceFlags } = span.spanContext();
    const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    this.traceparent = formatTraceparent({ traceId, spanId, sampled });
    this.ids = sampled ? { traceId, spanId } : undefined;
  }

  get open(): boolean {
    return this.#span.isRecording();
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes as Attributes);
  }

  event(name: string): void {
    this.#span.addEvent(name, this.#clock.now());
  }

  fail(reason: string): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
  }

  end(): void {
    if (this.open) this.#span.end(this.#clock.now());
  }

  run<Result>(work: () => Result): Result {
    return activeSpans.run(this, work);
  }
}

/** The SDK's batches behind an exact bound, every span counted once for what became of it. */
const boundedProcessor = (exporter: SpanExporter, { counts, log, clock }: SpanExportDeps): SpanProcessor => {
  let waiting = 0;
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  const counted: SpanExporter = {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        waiting -= spans.length;
        if (result.code === 0) counts.exported += spans.length;
        else {
          counts.failed += spans.length;
          if (clock.now() - warnedAtMs > WARN_EVERY_MS) {
            warnedAtMs = clock.now();
            log.warn({ reason: result.error?.message ?? 'refused' }, 'Traces could not be exported.');
          }
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
  const batches = new BatchSpanProcessor({
    exporter: counted,
    maxQueueSize: MAX_QUEUED_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_DELAY_MS,
    // Longer than the exporter's own, so that what it says last is heard.
    exportTimeoutMillis: EXPORT_TIMEOUT_MS * 2,
  });
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      if (waiting >= MAX_QUEUED_SPANS) {
        counts.dropped += 1;
        return;
      }
      waiting += 1;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
};

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  internal: Kind.INTERNAL,
  server: Kind.SERVER,
  client: Kind.CLIENT,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
};

const hrTime = (ms: number): HrTime => {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1_000_000)];
};

/** OTLP's own path, unless the URL has one. */
const tracesUrl = (text: string): string => {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
};
