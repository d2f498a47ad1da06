import type { ReceivedSpan } from './messages.ts';

/** What somebody who called with this trace context caused. */
const childrenOf = (spans: readonly ReceivedSpan[], parentSpanId: string): ReceivedSpan[] =>
  spans.filter((span) => span.parentSpanId === parentSpanId);

/**
 * The spans on a way down through a trace, by their names; undefined from where it leads nowhere. Where several have
 * one name, the first that the rest of the way goes on from.
 */
export const wayDown = (
  spans: readonly ReceivedSpan[],
  parentSpanId: string,
  names: readonly string[],
): ReceivedSpan[] | undefined => {
  const [name, ...rest] = names;
  if (name === undefined) return [];
  for (const span of childrenOf(spans, parentSpanId)) {
    if (span.name !== name) continue;
    const below = wayDown(spans, span.spanId, rest);
    if (below !== undefined) return [span, ...below];
  }
  return undefined;
};

/** A trace as people read it, for the output of a scenario. */
export const drawn = (spans: readonly ReceivedSpan[], parentSpanId: string, indent = ''): string[] => {
  const beganMs = Math.min(...spans.map(({ startMs }) => startMs));
  const at = (span: ReceivedSpan, depth: string): string[] => {
    const { name, startMs, endMs, resource } = span;
    const line = `${`${depth}${name}`.padEnd(44)} ${String(resource['service.instance.id'] ?? '').padEnd(24)}`;
    const times = `${(startMs - beganMs).toFixed(1).padStart(8)} + ${(endMs - startMs).toFixed(1)} ms`;
    return [`${line}${times}`, ...below(span.spanId, `${depth}  `)];
  };
  const below = (parent: string, depth: string): string[] =>
    childrenOf(spans, parent)
      .sort((a, b) => a.startMs - b.startMs)
      .flatMap((span) => at(span, depth));
  return below(parentSpanId, indent);
};
