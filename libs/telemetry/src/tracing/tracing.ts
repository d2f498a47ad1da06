import type { Logger } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import type { TracingSettings } from './config.ts';
import { activeSpans, NO_SPAN, type SpanAttributes, type SpanOptions, type TraceSpan } from './span.ts';
import type { FinishedSpan, SpanExport } from './span-export.ts';

/** Who writes these spans; resource attributes. */
export interface TracingIdentity {
  /** `partyline-edge` or `partyline-directory`. */
  service: string;
  /** Name of this process among its like. */
  id: string;
  region: string;
  /** Software revision. */
  version?: string;
}

export interface TracingDeps {
  metrics: Pick<Metrics, 'counter'>;
  log: Pick<Logger, 'warn'>;
  clock: { now(): number };
}

/** What became of spans, as totals. */
export class SpanCounts {
  exported = 0;
  /** The receiver refused them or did not answer. */
  failed = 0;
  /** The queue was full, or something was over its bound before it became a span. */
  dropped = 0;
}

/**
 * The spans of one process. Off (no URL) it loads no SDK and every call does nothing but the work it was given.
 * On, spans are queued within a bound and exported in batches; a receiver that is away costs spans and nothing else.
 */
export class Tracing {
  readonly name = 'tracing';
  readonly counts = new SpanCounts();
  /** One frame in so many is followed; 0: none. */
  readonly frameEvery: number;
  readonly #settings: TracingSettings;
  readonly #identity: TracingIdentity;
  readonly #deps: TracingDeps;
  #export: SpanExport | undefined;

  constructor(settings: TracingSettings, identity: TracingIdentity, deps: TracingDeps) {
    this.#settings = settings;
    this.#identity = identity;
    this.#deps = deps;
    this.frameEvery = settings.otlpUrl === undefined ? 0 : settings.traceEvery;
    this.#exportCounts();
  }

  /** Whether spans are written at all. */
  get on(): boolean {
    return this.#settings.otlpUrl !== undefined;
  }

  /** Loads the SDK, if tracing is on. Idempotent. */
  async start(): Promise<void> {
    const { otlpUrl, traceRatio } = this.#settings;
    if (otlpUrl === undefined || this.#export !== undefined) return;
    const { SpanExport } = await import('./span-export.ts');
    this.#export ??= new SpanExport(
      { url: otlpUrl, ratio: traceRatio, identity: this.#identity },
      { counts: this.counts, log: this.#deps.log, clock: this.#deps.clock },
    );
  }

  /** Exports what is queued, within the deadline; what is left then is lost. */
  async stop(deadlineMs: number): Promise<void> {
    const ending = this.#export;
    this.#export = undefined;
    await ending?.stop(deadlineMs);
  }

  /** Begins a span, below its `parent`, else below the active one, else as a trace of its own. End it. */
  begin(name: string, options: SpanOptions = {}): TraceSpan {
    return this.#export?.begin(name, options, activeSpans.getStore()) ?? NO_SPAN;
  }

  /** Does something within a span, which ends with it; a failure is marked and passed on. */
  within<Result>(name: string, options: SpanOptions, work: (span: TraceSpan) => Result): Result {
    if (this.#export === undefined) return work(NO_SPAN);
    return endWith(this.begin(name, options), work);
  }

  /** The same, but only below an active span: what nobody asked for makes no trace of its own. */
  below<Result>(name: string, options: SpanOptions, work: (span: TraceSpan) => Result): Result {
    if (this.#export === undefined || activeSpans.getStore()?.open !== true) return work(NO_SPAN);
    return endWith(this.begin(name, options), work);
  }

  /** Says something about the active span, if there is one. */
  note(attributes: SpanAttributes): void {
    if (this.#export !== undefined) activeSpans.getStore()?.set(attributes);
  }

  /** The `traceparent` to send with what the active span causes; undefined outside of one. */
  traceparent(): string | undefined {
    const active = this.#export === undefined ? undefined : activeSpans.getStore();
    // One that is not recorded says so to those after it; one that is over has nothing more to do with what happens.
    return active?.open === true || active?.ids === undefined ? active?.traceparent : undefined;
  }

  /** Takes a span whose ids and times were found out by whoever calls. */
  record(span: FinishedSpan): void {
    this.#export?.record(span);
  }

  #exportCounts(): void {
    const { counts } = this;
    this.#deps.metrics.counter({
      name: 'partyline_trace_spans_total',
      help: 'Spans by what became of them: exported, failed (the receiver did not take them), dropped (over a bound).',
      labelNames: ['outcome'],
      collect: () => [
        { labels: { outcome: 'exported' }, value: counts.exported },
        { labels: { outcome: 'failed' }, value: counts.failed },
        { labels: { outcome: 'dropped' }, value: counts.dropped },
      ],
    });
  }
}

/** For whoever was given no other. */
export const TRACING_OFF = new Tracing(
  { otlpUrl: undefined, traceEvery: 0, traceRatio: 0 },
  { service: '', id: '', region: '' },
  {
    metrics: createMetrics({ processMetrics: false }),
    log: { warn: () => undefined },
    clock: { now: () => 0 },
  },
);

const endWith = <Result>(span: TraceSpan, work: (span: TraceSpan) => Result): Result => {
  let result: Result;
  try {
    result = span.run(() => work(span));
  } catch (error) {
    span.fail(failureName(error));
    span.end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  return result.then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      span.fail(failureName(error));
      span.end();
      throw error;
    },
  ) as Result;
};

/** Codes and names only: a message may quote what somebody sent. */
const failureName = (error: unknown): string => {
  if (!(error instanceof Error)) return 'failed';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
};
