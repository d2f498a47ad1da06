import { AsyncLocalStorage } from 'node:async_hooks';

/** What a span is for: taking a request, making one, or neither. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** `internal` unless given. */
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** W3C `traceparent` of whoever caused it; anything else is ignored, and the active span is the parent. */
  parent?: unknown;
  /** When it began, epoch ms; now unless given. */
  startMs?: number;
}

/** Something that takes time, as traces show it. With tracing off it is {@link NO_SPAN}, which does nothing. */
export interface TraceSpan {
  /** For whom this one calls; undefined with tracing off. */
  readonly traceparent: string | undefined;
  /** What log lines written inside it carry; undefined when nobody records it. */
  readonly ids: { traceId: string; spanId: string } | undefined;
  /** Neither ended nor without effect. */
  readonly open: boolean;
  set(attributes: SpanAttributes): void;
  /** A moment within it. */
  event(name: string): void;
  /** Marks it as failed; the reason holds no secrets and nobody's name. */
  fail(reason: string): void;
  /** Idempotent. */
  end(): void;
  /** Does something with this span as the active one, as far as its promises reach. */
  run<Result>(work: () => Result): Result;
}

/** With tracing off, and where nothing is followed. */
export const NO_SPAN: TraceSpan = {
  traceparent: undefined,
  ids: undefined,
  open: false,
  set: () => undefined,
  event: () => undefined,
  fail: () => undefined,
  end: () => undefined,
  run: (work) => work(),
};

/** The active span of each chain of calls. It costs nothing before something runs in it. */
export const activeSpans = new AsyncLocalStorage<TraceSpan>();
