import { type CatalogueMetric, TARGET_LABELS } from '../metrics-docs/catalogue.ts';
import { OPEN_LABELS } from '../metrics-docs/subjects.ts';
import { type LabelSet, readQuery } from './promql.ts';
import type { Rule } from './rules.ts';

/** Series of others than Partyline's programs. */
const FOREIGN: readonly { names: RegExp; why: string; labels?: readonly string[] }[] = [
  { names: /^up$/, why: 'Prometheus sets it for every target', labels: TARGET_LABELS },
  {
    names: /^ALERTS(?:_FOR_STATE)?$/,
    why: 'Prometheus keeps one for each alert, with the labels of the alert',
  },
  { names: /^k6_/, why: 'k6 writes it during a soak test' },
];

/** Labels of which some values appear only with what they count. */
const PARTLY_OPEN: readonly string[] = ['partyline_directory_joins_total reason'];

/** Every series that a query may ask for, with its labels. */
export class KnownSeries {
  readonly #metrics: ReadonlyMap<string, CatalogueMetric>;
  readonly #rules: ReadonlyMap<string, readonly Rule[]>;
  /** Labels of recording rules; while one is being found, of none. */
  readonly #ruleLabels = new Map<string, LabelSet>();

  /** @param catalogue the programs' metrics, Node's own included */
  constructor(catalogue: readonly CatalogueMetric[], rules: readonly Rule[]) {
    this.#metrics = new Map(catalogue.map((metric) => [metric.name, metric]));
    const records = new Map<string, Rule[]>();
    for (const rule of rules) {
      if (rule.record !== undefined) records.set(rule.record, [...(records.get(rule.record) ?? []), rule]);
    }
    this.#rules = records;
  }

  has(series: string): boolean {
    return (
      this.metricOf(series) !== undefined ||
      this.#rules.has(series) ||
      FOREIGN.some(({ names }) => names.test(series))
    );
  }

  /** The metric that a series is of, such as that of a bucket. */
  metricOf(series: string): CatalogueMetric | undefined {
    const metric = this.#metrics.get(series);
    // A histogram has no series of its own name.
    if (metric !== undefined) return metric.type === 'histogram' ? undefined : metric;
    const histogram = this.#metrics.get(series.replace(/_(?:bucket|sum|count)$/, ''));
    return histogram?.type === 'histogram' ? histogram : undefined;
  }

  /** Undefined is any: where they are not known, or the series is not. */
  labelsOf(series: string): LabelSet {
    const metric = this.metricOf(series);
    if (metric !== undefined) {
      const of = { edge: metric.programs.includes('edge'), directory: metric.programs.includes('directory') };
      const target = TARGET_LABELS.filter((label) => of[label as keyof typeof of] ?? true);
      return new Set([...metric.labels, ...target, ...(series.endsWith('_bucket') ? ['le'] : [])]);
    }
    if (this.#rules.has(series)) return this.#labelsOfRule(series);
    const labels = FOREIGN.find(({ names }) => names.test(series))?.labels;
    return labels && new Set(labels);
  }

  /** The values that a label of a metric can have; undefined where they are not known beforehand. */
  valuesOf(series: string, label: string): ReadonlySet<string> | undefined {
    const metric = this.metricOf(series);
    const at = metric?.labels.indexOf(label) ?? -1;
    if (metric === undefined || at < 0 || label in OPEN_LABELS) return undefined;
    if (metric.series.length === 0 || PARTLY_OPEN.includes(`${metric.name} ${label}`)) return undefined;
    return new Set(metric.series.map((row) => row[at]!));
  }

  #labelsOfRule(series: string): LabelSet {
    if (this.#ruleLabels.has(series)) return this.#ruleLabels.get(series);
    this.#ruleLabels.set(series, new Set());
    const all = new Set<string>();
    let known = true;
    for (const { expr, labels } of this.#rules.get(series)!) {
      const found = readQuery(expr, (name) => this.labelsOf(name)).labels;
      if (found === undefined) known = false;
      for (const label of [...(found ?? []), ...Object.keys(labels)]) all.add(label);
    }
    const result = known ? all : undefined;
    this.#ruleLabels.set(series, result);
    return result;
  }
}
