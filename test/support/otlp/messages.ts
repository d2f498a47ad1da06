import { parse, type Type } from 'protobufjs';

/**
 * What of OTLP's trace messages is looked at, by the names and numbers of its specification (opentelemetry-proto 1.x,
 * `opentelemetry.proto.trace.v1`). Fields that are not named here are skipped, as protobuf has it.
 */
const schema = `
syntax = "proto3";
package otlp;
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { repeated Span spans = 2; }
message Span {
  bytes trace_id = 1;
  bytes span_id = 2;
  bytes parent_span_id = 4;
  string name = 5;
  int32 kind = 6;
  fixed64 start_time_unix_nano = 7;
  fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9;
  repeated Event events = 11;
  Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
}
`;

const request: Type = parse(schema).root.lookupType('otlp.ExportTraceServiceRequest');

/** A span as a receiver of OTLP has it. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentSpanId: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  /** Epoch ms. */
  startMs: number;
  endMs: number;
  attributes: Record<string, string | number | boolean>;
  events: { name: string; atMs: number }[];
  /** Of a failure. */
  error: string | undefined;
  /** Who sent it. */
  resource: Record<string, string | number | boolean>;
}

interface Wire {
  resourceSpans?: { resource?: { attributes?: Pair[] }; scopeSpans?: { spans?: WireSpan[] }[] }[];
}
interface WireSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId?: Uint8Array;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Pair[];
  events?: { timeUnixNano: string; name: string }[];
  status?: { message?: string; code?: number };
}
interface Pair {
  key: string;
  value?: { stringValue?: string; boolValue?: boolean; intValue?: number; doubleValue?: number };
}

/**
 * The spans of one export.
 * @throws Error when the bytes are no such message
 */
export const readSpans = (bytes: Uint8Array): ReceivedSpan[] => {
  const wire = request.toObject(request.decode(bytes), { longs: String }) as Wire;
  return (wire.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) => {
    const sender = pairs(resource?.attributes);
    return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => received(span, sender)));
  });
};

const received = (span: WireSpan, resource: ReceivedSpan['resource']): ReceivedSpan => ({
  name: span.name,
  traceId: hex(span.traceId),
  spanId: hex(span.spanId),
  parentSpanId: hex(span.parentSpanId ?? new Uint8Array()),
  kind: span.kind,
  startMs: ms(span.startTimeUnixNano),
  endMs: ms(span.endTimeUnixNano),
  attributes: pairs(span.attributes),
  events: (span.events ?? []).map(({ name, timeUnixNano }) => ({ name, atMs: ms(timeUnixNano) })),
  error: span.status?.code === 2 ? (span.status.message ?? '') : undefined,
  resource,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Nanoseconds are more than a number holds exactly; microseconds are not. */
const ms = (nanos: string): number => Number(BigInt(nanos) / 1_000n) / 1_000;

const pairs = (all: Pair[] = []): Record<string, string | number | boolean> =>
  Object.fromEntries(
    all.map(({ key, value = {} }) => {
      const { stringValue, boolValue, intValue, doubleValue } = value;
      return [key, stringValue ?? boolValue ?? doubleValue ?? Number(intValue ?? 0)];
    }),
  );
