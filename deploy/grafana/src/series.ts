/** Series that edges export, of the chosen cluster, regions and edges. */
export const ofEdges = (...matchers: readonly string[]): string =>
  selector('cluster="$cluster"', 'region=~"$region"', 'edge=~"$edge"', ...matchers);

/** Series that directories export, of the chosen cluster, regions and directories. */
export const ofDirectories = (...matchers: readonly string[]): string =>
  selector('cluster="$cluster"', 'region=~"$region"', 'directory=~"$directory"', ...matchers);

/** Series of recorders, wherever they run. */
export const ofRecorders = (...matchers: readonly string[]): string =>
  selector('cluster="$cluster"', 'region=~"$region"', ...matchers);

/** Series of directories on a dashboard that has edges to choose from, but no directories. */
export const ofAllDirectories = (...matchers: readonly string[]): string =>
  selector('cluster="$cluster"', 'region=~"$region"', 'directory=~".+"', ...matchers);

/** How fast a counter goes up, a second, in the step that Grafana draws. */
export const rate = (metric: string, series: string, window = '$__rate_interval'): string =>
  `rate(${metric}${series}[${window}])`;

/** What a counter went up by in the whole range that is shown. */
export const increaseInRange = (metric: string, series: string): string =>
  `increase(${metric}${series}[$__range])`;

/** A sum by labels; everything in one number without them. */
export const sum = (expression: string, ...labels: readonly string[]): string =>
  labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(', ')}) (${expression})`;

/** The rate of a counter, summed by labels. */
export const rateBy = (metric: string, series: string, ...labels: readonly string[]): string =>
  sum(rate(metric, series), ...labels);

/** The greatest value, by labels. */
export const max = (expression: string, ...labels: readonly string[]): string =>
  labels.length === 0 ? `max(${expression})` : `max by (${labels.join(', ')}) (${expression})`;

interface QuantileOptions {
  /** Series of the same values of these become one line. */
  by?: readonly string[];
  window?: string;
}

/**
 * A quantile out of the buckets of a histogram.
 * @param q 0 … 1
 * @param histogram its name, without `_bucket`
 */
export const quantile = (
  q: number,
  histogram: string,
  series: string,
  { by = [], window = '$__rate_interval' }: QuantileOptions = {},
): string => `histogram_quantile(${q}, ${sum(rate(`${histogram}_bucket`, series, window), 'le', ...by)})`;

const selector = (...matchers: readonly string[]): string => `{${matchers.join(',')}}`;
