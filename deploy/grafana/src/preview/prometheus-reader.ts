/** Labels of a series, and its values at times in seconds. */
export interface Line {
  labels: Readonly<Record<string, string>>;
  /** In the order of time; gaps are left out. */
  points: readonly (readonly [atSeconds: number, value: number])[];
}

/** The time that is drawn. */
export interface Window {
  fromSeconds: number;
  toSeconds: number;
  stepSeconds: number;
}

interface Answer {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; values?: Sample[]; value?: Sample }[] };
}

type Sample = [number, string];

/** How long an answer may take. */
const TIMEOUT_MS = 20_000;

/** Asks a Prometheus. */
export class PrometheusReader {
  readonly #url: string;

  /** @param url such as `http://127.0.0.1:9090` */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  /**
   * Lines in time.
   * @throws Error with what Prometheus says, or that it does not answer
   */
  async inTime(expression: string, { fromSeconds, toSeconds, stepSeconds }: Window): Promise<Line[]> {
    const range = { start: String(fromSeconds), end: String(toSeconds), step: String(stepSeconds) };
    return this.#ask('query_range', { query: expression, ...range });
  }

  /** Values of one moment; the same errors. */
  async at(expression: string, atSeconds: number): Promise<Line[]> {
    return this.#ask('query', { query: expression, time: String(atSeconds) });
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<Line[]> {
    const url = `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success' || answer.data === undefined) {
      throw new Error(`Prometheus does not take ${parameters.query}: ${answer.error ?? response.status}`);
    }
    return answer.data.result.map(({ metric, values, value }) => ({
      labels: metric,
      points: (values ?? (value === undefined ? [] : [value]))
        .map(([atSeconds, text]) => [atSeconds, Number(text)] as const)
        .filter(([, number]) => Number.isFinite(number)),
    }));
  }
}
