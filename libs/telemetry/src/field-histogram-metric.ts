import type { Histogram } from 'prom-client';
import { FieldHistogram } from './field-histogram.ts';

export interface FieldHistogramMetricOptions<L extends string> {
  name: string;
  help: string;
  /** In the order in which the page has them. */
  labelNames: readonly L[];
  /** Upper bounds of the buckets; those of hops unless given. */
  boundsSeconds?: readonly number[];
}

/** One series as it is now; a label that it does not have is left out. */
export interface HistogramSeries {
  readonly labels: Readonly<Partial<Record<string, string>>>;
  readonly histogram: FieldHistogram;
}

/** A histogram by labels, whose series are plain {@link FieldHistogram}s that hot paths hold on to. */
export interface FieldHistogramMetric<L extends string> {
  /**
   * The series with these labels; the same labels give the same one. A label that is left out is empty, which to Prometheus is
   * one that is not there.
   */
  series(labels: Readonly<Partial<Record<L, string>>>): FieldHistogram;
}

/**
 * A histogram in the form that a registry takes, and the series behind it. It only looks like one of prom-client's:
 * those keep their values in hash maps keyed by label text.
 */
export function fieldHistogramMetric<L extends string>(
  options: FieldHistogramMetricOptions<L>,
): { metric: Histogram<L>; all(): Iterable<HistogramSeries> } & FieldHistogramMetric<L> {
  const { name, help, labelNames, boundsSeconds } = options;
  const all = new Map<string, { labels: Record<string, string>; histogram: FieldHistogram }>();
  const exported = {
    name,
    help,
    type: 'histogram',
    labelNames: [...labelNames],
    aggregator: 'sum',
    get: async () => ({
      name,
      help,
      type: exported.type,
      aggregator: exported.aggregator,
      values: [...all.values()].flatMap(({ labels, histogram }) => samplesOf(name, labels, histogram)),
    }),
    reset: () => {
      for (const { histogram } of all.values()) {
        histogram.counts.fill(0);
        histogram.sum = 0;
      }
    },
  };
  return {
    metric: exported as unknown as Histogram<L>,
    series: (wanted) => {
      const key = labelNames.map((label) => wanted[label] ?? '').join(' ');
      const known = all.get(key);
      if (known !== undefined) return known.histogram;
      const labels: Record<string, string> = {};
      for (const label of labelNames) if ((wanted[label] ?? '') !== '') labels[label] = wanted[label]!;
      const histogram = new FieldHistogram(boundsSeconds);
      all.set(key, { labels, histogram });
      return histogram;
    },
    all: () => all.values(),
  };
}

function samplesOf(name: string, labels: Record<string, string>, histogram: FieldHistogram): object[] {
  const samples: object[] = [];
  let cumulative = 0;
  for (let index = 0; index < histogram.counts.length; index++) {
    cumulative += histogram.counts[index]!;
    const le = index < histogram.bounds.length ? String(histogram.bounds[index]) : '+Inf';
    samples.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: cumulative });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: histogram.sum });
  samples.push({ metricName: `${name}_count`, labels, value: cumulative });
  return samples;
}
