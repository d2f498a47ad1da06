import type { Expectations } from '@partyline/harness';
import type { ReceivedSpan } from '../../support/otlp/messages.ts';
import type { OtlpReceiver } from '../../support/otlp/receiver.ts';
import { drawn, wayDown } from '../../support/otlp/tree.ts';
import type { System } from '../../support/system.ts';
import { holdsWithin } from '../../support/wait.ts';

/** Spans leave their processes in batches, once a second. */
const ARRIVES_WITHIN_MS = 15_000;

/** What each part of the scenario works with. */
export interface TraceGivens {
  system: System;
  receiver: OtlpReceiver;
  checks: Expectations;
  /** What times may be wrong by. */
  maxErrorMs: number;
  /** One frame in so many is followed. */
  every: number;
  /** A trace that the caller has begun. */
  caller: { traceId: string; spanId: string; header: string };
  say(line: string): void;
}

/** One part; its figures are told. */
export type TraceCheck = (given: TraceGivens) => Promise<Record<string, number>>;

/** Room and people whose names must not turn up in spans. */
export const ROOM = 'secret-room';
export const person = (name: string): string => `secret-person-${name}`;

/** Waits until the caller's trace holds these spans, one below the other, and draws it. */
export const expectWay = async (
  { receiver, checks, caller, say }: TraceGivens,
  title: string,
  names: readonly string[],
): Promise<ReceivedSpan[]> => {
  let way: ReceivedSpan[] | undefined;
  await holdsWithin(() => {
    way = wayDown(receiver.trace(caller.traceId), caller.spanId, names);
    return way !== undefined;
  }, ARRIVES_WITHIN_MS);
  const spans = receiver.trace(caller.traceId);
  say(`${title}:\n${drawn(spans, caller.spanId, '  ').join('\n')}`);
  checks.expect(way !== undefined, `${title}: no way ${names.join(' → ')} in the trace`);
  return way ?? [];
};

/** A child does not begin before what caused it. */
export const expectOrder = ({ checks, maxErrorMs }: TraceGivens, way: readonly ReceivedSpan[]): void => {
  for (const [index, span] of way.entries()) {
    const before = way[index - 1];
    if (before === undefined) continue;
    const earlyMs = before.startMs - span.startMs;
    checks.expect(
      earlyMs <= maxErrorMs,
      `${span.name} begins ${earlyMs.toFixed(1)} ms before ${before.name}`,
    );
  }
};

export const expectServices = (
  { checks }: TraceGivens,
  way: readonly ReceivedSpan[],
  services: readonly string[],
): void => {
  const found = way.map(({ resource }) => String(resource['service.name']).replace('partyline-', ''));
  checks.expect(
    found.join(' ') === services.join(' '),
    `the spans ${way.map(({ name }) => name).join(', ')} come from ${found.join(', ')}`,
  );
};

/** Whether a process wrote a line with these words that names the trace. */
export const expectLine = async ({ system, checks, caller }: TraceGivens, words: string): Promise<void> => {
  const written = (): boolean =>
    system.cluster.members.some(({ lines }) =>
      lines.some((line) => line.includes(words) && line.includes(caller.traceId)),
    );
  checks.expect(await holdsWithin(written, 5_000), `no line "${words}" names its trace`);
};
