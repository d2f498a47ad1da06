/** A series of a metrics page: its labels and its value. */
export interface Series {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What Prometheus would read at one moment, from one process or several. */
export class MetricsPage {
  readonly text: string;
  readonly series: readonly Series[];

  constructor(text: string) {
    this.text = text;
    this.series = text.split('\n').flatMap(readSeries);
  }

  /** The names of all metrics, histograms by their own name and not by their parts'. */
  get names(): ReadonlySet<string> {
    return new Set([...this.text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!));
  }

  /** The series of a name that have all the given labels. */
  select(name: string, labels: Readonly<Record<string, string>> = {}): Series[] {
    const wanted = Object.entries(labels);
    return this.series.filter(
      (series) => series.name === name && wanted.every(([key, value]) => series.labels[key] === value),
    );
  }

  /** The sum over the series that have all the given labels; 0 when there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.select(name, labels).reduce((total, series) => total + series.value, 0);
  }

  /**
   * The same of what has to be there: a metric that was renamed or taken away is no 0.
   * @throws Error when no series of the name has all the given labels
   */
  required(name: string, labels: Readonly<Record<string, string>> = {}): number {
    if (this.select(name, labels).length === 0) {
      throw new Error(`the metrics page has no ${name} with ${JSON.stringify(labels)}`);
    }
    return this.sum(name, labels);
  }
}

const readSeries = (line: string): Series[] => {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
  if (match === null) return [];
  const labels: Record<string, string> = {};
  for (const [, key, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key!] = value!;
  return [{ name: match[1]!, labels, value: Number(match[3]) }];
};
