import { Counter, type Registry } from 'prom-client';

/** One series' value at the moment of a scrape. */
export interface CollectedSample<L extends string> {
  /** A label that is left out is empty, which to Prometheus is one that is not there. */
  labels: Readonly<Partial<Record<L, string>>>;
  /** Total so far: never negative, never less than before. */
  value: number;
}

export interface CollectedCounterOptions<L extends string> {
  /** Metric name, ending in `_total`. */
  name: string;
  help: string;
  labelNames: readonly L[];
  /** Called at every scrape; samples with equal labels add up. */
  collect: () => Iterable<CollectedSample<L>>;
}

/**
 * A counter whose numbers live elsewhere as plain integer fields and are read when somebody scrapes. Counting
 * then costs the hot path an increment of a field, and nothing can be counted twice or forgotten.
 */
export function collectedCounter<L extends string>(
  registry: Registry,
  options: CollectedCounterOptions<L>,
): Counter<L> {
  const { name, help, labelNames, collect } = options;
  return new Counter<L>({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of collect()) this.inc(labels, value);
    },
  });
}
