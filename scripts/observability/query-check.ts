import type { CatalogueMetric } from '../metrics-docs/catalogue.ts';
import type { Query } from './dashboard-queries.ts';
import type { KnownSeries } from './known-series.ts';
import { type Matcher, readQuery } from './promql.ts';

/** Queries that ask for what does not exist, each with where it stands and what is wrong. */
export const queryProblems = (queries: readonly Query[], known: KnownSeries): string[] =>
  queries.flatMap(({ where, text }) => {
    const { selectors, problems } = readQuery(text, (name) => known.labelsOf(name));
    const ofSelectors = selectors.flatMap(({ name, matchers }) => {
      if (!known.has(name)) return [`asks for ${name}, which nothing exports or records`];
      return matchers.flatMap((matcher) => matcherProblems(name, matcher, known));
    });
    return [...new Set([...problems, ...ofSelectors])].map((problem) => `${where}: ${problem}.`);
  });

/** Metrics of the programs that no panel shows and no rule reads. */
export const unusedMetrics = (
  catalogue: readonly CatalogueMetric[],
  queries: readonly Query[],
  known: KnownSeries,
): string[] => {
  const used = new Set(
    queries
      .filter(({ shown }) => shown)
      .flatMap(({ text }) => readQuery(text, (name) => known.labelsOf(name)).selectors)
      .map(({ name }) => known.metricOf(name)?.name),
  );
  return catalogue
    .filter(({ name }) => name.startsWith('partyline_') && !used.has(name))
    .map(({ name }) => name);
};

const matcherProblems = (name: string, { label, operator, value }: Matcher, known: KnownSeries): string[] => {
  const labels = known.labelsOf(name);
  if (labels !== undefined && !labels.has(label))
    return [`asks for the label "${label}" of ${name}, which has none`];
  const values = known.valuesOf(name, label);
  if (values === undefined) return [];
  return wanted(operator, value)
    .filter((one) => one !== '' && !values.has(one))
    .map((one) => `asks for ${name}{${label}="${one}"}, a value that it does not have`);
};

/** The values that a matcher names one by one; of other patterns nothing is said. */
const wanted = (operator: Matcher['operator'], value: string): string[] => {
  if (operator === '=' || operator === '!=') return [value];
  return /^[\w|]+$/.test(value) ? value.split('|') : [];
};
