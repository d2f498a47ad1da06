import { filled, type QueryValues } from '../queries.ts';
import { ANY_PAIR } from '../variables.ts';
import { figures, table } from './figures.ts';
import { heatChart } from './heat-chart.ts';
import { lineChart, type NamedLine } from './line-chart.ts';
import { bodySize, type DrawnRow, escaped, page } from './page.ts';
import { type PanelJson, type RowJson, readDashboard, type TargetJson } from './panel-json.ts';
import type { Line, PrometheusReader, Window } from './prometheus-reader.ts';
import { nameOf } from './values.ts';

export interface PreviewOptions {
  cluster: string;
  /** The end of what is drawn. */
  toSeconds: number;
  /** How long it is. */
  rangeSeconds: number;
  /** Of scrapes; rates are over four of them. */
  scrapeSeconds: number;
}

/** So many points a line has, about. */
const POINTS = 180;

/**
 * Draws a dashboard for people without Grafana: every query of every panel, closed rows too, as one page.
 * @param json the text of the dashboard's file
 * @throws Error when Prometheus does not answer or does not take a query
 */
export const preview = async (
  json: string,
  prometheus: PrometheusReader,
  options: PreviewOptions,
): Promise<string> => {
  const { cluster, toSeconds, rangeSeconds, scrapeSeconds } = options;
  const stepSeconds = Math.max(scrapeSeconds, Math.ceil(rangeSeconds / POINTS));
  const window: Window = { fromSeconds: toSeconds - rangeSeconds, toSeconds, stepSeconds };
  const rateInterval = `${Math.max(4 * scrapeSeconds, stepSeconds + scrapeSeconds)}s`;
  const values: QueryValues = { cluster, rateInterval, range: `${rangeSeconds}s` };
  const { title, rows } = readDashboard(json);
  const drawn: DrawnRow[] = [];
  for (const row of rows) {
    for (const { name, pair } of await repeats(row, prometheus, values, window)) {
      const panels = [];
      for (const panel of row.panels) {
        panels.push({ panel, body: await draw(panel, prometheus, { ...values, pair }, window) });
      }
      drawn.push({ title: row.title.replace('$pair', name), panels });
    }
  }
  const until = new Date(toSeconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
  return page(
    title,
    `cluster ${escaped(cluster)}, ${Math.round(rangeSeconds / 60)} minutes until ${until} UTC`,
    drawn,
  );
};

/** The pairs of regions that a row is repeated for; one, of any, for other rows and while there is none. */
const repeats = async (
  { repeat }: RowJson,
  prometheus: PrometheusReader,
  values: QueryValues,
  { toSeconds }: Window,
): Promise<{ name: string; pair: string }[]> => {
  const any = [{ name: 'any regions', pair: ANY_PAIR }];
  if (repeat !== 'pair') return any;
  const question =
    'sum by (from_region, to_region) (partyline_hop_latency_seconds_count{hop="bus",cluster="$cluster"})';
  const found = await prometheus.at(filled(question, values), toSeconds);
  const pairs = found.map(({ labels: { from_region = '', to_region = '' } }) => ({
    name: `${from_region} → ${to_region}`,
    pair: `from_region="${from_region}",to_region="${to_region}"`,
  }));
  return pairs.length === 0 ? any : pairs.sort((a, b) => (a.name < b.name ? -1 : 1));
};

const draw = async (
  panel: PanelJson,
  prometheus: PrometheusReader,
  values: QueryValues,
  window: Window,
): Promise<string> => {
  const targets = panel.targets ?? [];
  const ask = async ({ expr, instant }: TargetJson): Promise<Line[]> =>
    instant === true
      ? prometheus.at(filled(expr, values), window.toSeconds)
      : prometheus.inTime(filled(expr, values), window);
  const answers: Line[][] = [];
  for (const target of targets) answers.push(await ask(target));
  const size = bodySize(panel);
  if (panel.type === 'heatmap') {
    return heatChart(answers.flat(), panel.options?.color?.fill ?? '#FF780A', window, size);
  }
  if (panel.type === 'table') return table(panel, answers.flat());
  const named = answers.flatMap((lines, index) => lines.map((line) => withName(targets[index]!, line)));
  return panel.type === 'stat' ? figures(panel, named) : lineChart(panel, named, window, size);
};

const withName = ({ legendFormat = '' }: TargetJson, line: Line): NamedLine => ({
  name: escaped(nameOf(legendFormat, line)),
  points: line.points,
});
