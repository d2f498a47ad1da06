import { describe, expect, it } from 'vitest';
import type { CatalogueMetric } from './metrics-docs/catalogue.ts';
import { dashboardQueries } from './observability/dashboard-queries.ts';
import { KnownSeries } from './observability/known-series.ts';
import { mentionProblems } from './observability/mentions.ts';
import { type LabelSet, readQuery } from './observability/promql.ts';
import { queryProblems, unusedMetrics } from './observability/query-check.ts';
import { type Rule, rulesOf } from './observability/rules.ts';
import { alertProblems, sectionsOf } from './observability/runbook.ts';

const metric = (name: string, more: Partial<CatalogueMetric> = {}): CatalogueMetric => ({
  name,
  type: 'counter',
  help: '',
  labels: [],
  series: [],
  programs: ['edge'],
  ...more,
});
const CATALOGUE = [
  metric('partyline_frames_total', {
    labels: ['hop', 'to_region'],
    series: [
      ['uplink', ''],
      ['bus', 'eu'],
    ],
  }),
  metric('partyline_hop_latency_seconds', { type: 'histogram', labels: ['hop'], series: [['uplink']] }),
  metric('partyline_directory_edges', { type: 'gauge', labels: ['edge_region'], programs: ['directory'] }),
  metric('process_start_time_seconds', { type: 'gauge', programs: ['edge', 'directory'] }),
];

/** What is wrong with one query. */
const problemsOf = (text: string, rules = ''): string[] =>
  queryProblems([{ where: 'Q', text, shown: true }], new KnownSeries(CATALOGUE, rulesOf(rules)));

const RULES = `
groups:
  - name: frames
    rules:
      - record: partyline:frames:rate5m
        expr: sum by (cluster, hop) (rate(partyline_frames_total[5m]))
        labels: { window: short }
      - alert: PartylineNoFrames
        expr: partyline:frames:rate5m == 0
        annotations: { runbook_url: docs/runbook.md#no-frames }
`;

describe('labels through a query', () => {
  const series: Record<string, string[]> = { a: ['x', 'y'], b: ['x', 'z'], h_bucket: ['x', 'le'] };
  const labelsOf = (name: string): LabelSet => series[name] && new Set(series[name]);
  const through = (query: string) => {
    const { labels, problems } = readQuery(query, labelsOf);
    return [labels && [...labels].sort(), problems];
  };

  it.each([
    ['a', ['x', 'y']],
    ['rate(a[5m] offset 1h)', ['x', 'y']],
    ['sum(a)', []],
    ['sum by (x) (a)', ['x']],
    ['sum(a) without (x)', ['y']],
    ['topk(3, a)', ['x', 'y']],
    ['count_values("v", a)', ['v']],
    ['1 - a', ['x', 'y']],
    ['a / 2 > bool 0', ['x', 'y']],
    ['a * time()', ['x', 'y']],
    ['a or b', ['x', 'y', 'z']],
    ['a unless on (x) b', ['x', 'y']],
    ['a * on (x) b', ['x']],
    ['a * ignoring (z) b', ['x', 'y']],
    ['a * on (x) group_left (z) b', ['x', 'y', 'z']],
    ['histogram_quantile(0.9, h_bucket)', ['x']],
    ['label_replace(a, "n", "$1", "x", "(.*)")', ['n', 'x', 'y']],
    ['label_replace(a, "n", "constant", "", "")', ['n', 'x', 'y']],
    ['label_join(a, "n", "-", "x", "y")', ['n', 'x', 'y']],
    ['absent(a{x="1"})', ['x']],
    ['vector(1)', []],
    ['max_over_time(sum by (y) (a)[1h:1m])', ['y']],
  ])('of %s are %j', (query, labels) => {
    expect(through(query)).toEqual([labels, []]);
  });

  it.each([
    ['sum by (z) (a)', '"z" in by'],
    ['sum by (y) (sum by (x) (a))', '"y" in by'],
    ['sum without (z) (a)', '"z" in without'],
    ['a * on (z) b', '"z" in on'],
    ['a * on (x) group_left (y) b', '"y" in group_left'],
    ['histogram_quantile(0.9, sum by (x) (h_bucket))', '"le" in histogram_quantile'],
    ['label_replace(a, "n", "$1", "z", "(.*)")', '"z" in label_replace'],
  ])('are missed in %s', (query, problem) => {
    expect(through(query)[1]).toEqual([expect.stringContaining(problem)]);
  });

  it('are any where a series is not known', () => {
    expect(through('sum by (anything) (unknown)')).toEqual([['anything'], []]);
    expect(through('unknown')).toEqual([undefined, []]);
  });

  it.each(['sum(', 'a +', 'a{', 'rate(a[5x])', 'a b', 'sum by x (a)', 'nonsense(a)'])(
    'says that %s is no PromQL',
    (query) => {
      expect(readQuery(query, labelsOf).problems).toEqual([expect.stringContaining('is no PromQL')]);
    },
  );
});

describe('queries', () => {
  it.each([
    'sum by (edge, hop) (rate(partyline_frames_total{hop=~"uplink|bus",cluster="c"}[5m]))',
    'histogram_quantile(0.95, sum by (le) (rate(partyline_hop_latency_seconds_bucket[5m])))',
    'partyline_frames_total{to_region=~".+"} and partyline_frames_total{to_region="anywhere"}',
    'sum by (directory, edge_region) (partyline_directory_edges)',
    'time() - process_start_time_seconds{job="partyline-edge"}',
    'up{directory=""} == 0 or ALERTS{alertname="x"} or k6_ws_sessions{scenario="s"}',
  ])('that fit are left in peace: %s', (query) => {
    expect(problemsOf(query)).toEqual([]);
  });

  it.each([
    ['rate(partyline_frame_total[5m])', 'asks for partyline_frame_total, which nothing exports'],
    ['partyline:frames:rate5m', 'asks for partyline:frames:rate5m, which nothing exports or records'],
    ['partyline_hop_latency_seconds', 'asks for partyline_hop_latency_seconds, which nothing'],
    ['partyline_frames_total{reason="late"}', 'asks for the label "reason" of partyline_frames_total'],
    ['partyline_frames_total{hop="uplnk"}', 'asks for partyline_frames_total{hop="uplnk"}, a value'],
    ['partyline_frames_total{hop=~"bus|edge"}', 'asks for partyline_frames_total{hop="edge"}, a value'],
    ['sum by (reason) (partyline_frames_total)', 'names the label "reason" in by'],
    ['partyline_directory_edges{edge="e"}', 'asks for the label "edge" of partyline_directory_edges'],
    ['{job="partyline-edge"}', 'names no metric in "{job="partyline-edge"}"'],
    ['sum(partyline_frames_total', 'is no PromQL'],
  ])('that do not are named: %s', (query, problem) => {
    expect(problemsOf(query)).toEqual([expect.stringContaining(problem)]);
    expect(problemsOf(query)[0]).toMatch(/^Q: .*\.$/);
  });

  it('may use recording rules, with the labels that these leave and add', () => {
    expect(problemsOf('sum by (hop, window) (partyline:frames:rate5m{hop="bus"})', RULES)).toEqual([]);
    expect(problemsOf('partyline:frames:rate5m{to_region="eu"}', RULES)).toEqual([
      'Q: asks for the label "to_region" of partyline:frames:rate5m, which has none.',
    ]);
  });

  it('of a rule that is made of itself come to an end', () => {
    const rules = 'groups: [{ rules: [{ record: "a:b:c", expr: "a:b:c or partyline_directory_edges" }] }]';
    expect(problemsOf('sum by (edge_region) (a:b:c)', rules)).toEqual([]);
  });

  it('that nobody shows leave a metric unused', () => {
    const queries = [
      { where: 'panel', text: 'rate(partyline_hop_latency_seconds_sum[5m])', shown: true },
      { where: 'variable', text: 'partyline_directory_edges', shown: false },
    ];
    expect(unusedMetrics(CATALOGUE, queries, new KnownSeries(CATALOGUE, []))).toEqual([
      'partyline_frames_total',
      'partyline_directory_edges',
    ]);
  });
});

describe('dashboardQueries', () => {
  const dashboard = {
    templating: {
      list: [
        {
          name: 'edge',
          type: 'query',
          query: { query: 'label_values(up{cluster="$cluster"}, edge)' },
          allValue: '.+',
        },
        { name: 'cluster', type: 'query', query: 'label_values(cluster)' },
        { name: 'pair', type: 'query', query: 'query_result(sum by (a) (b))', allValue: 'x="1",y="2"' },
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
      ],
    },
    annotations: {
      list: [{ name: 'Starts', expr: 'changes(c{edge=~"$edge"}[$__interval])' }, { name: 'built in' }],
    },
    panels: [
      { title: 'One', targets: [{ refId: 'A', expr: 'rate(a{edge=~"$edge",$pair}[$__rate_interval])' }] },
      {
        title: 'Row',
        panels: [
          { title: 'Two', targets: [{ refId: 'B', expr: `b{edge=~"\${edge:regex}",c="[[cluster]]"}` }, {}] },
        ],
      },
    ],
  };

  it('finds those of panels, rows, variables and annotations, with values in the place of variables', () => {
    expect(dashboardQueries('d.json', JSON.stringify(dashboard))).toEqual([
      { where: 'd.json, panel "One" (A)', text: 'rate(a{edge=~".+",x="1",y="2"}[5m])', shown: true },
      { where: 'd.json, panel "Two" (B)', text: 'b{edge=~".+",c="anything"}', shown: true },
      { where: 'd.json, variable "edge"', text: 'group by (edge) (up{cluster="anything"})', shown: false },
      { where: 'd.json, variable "pair"', text: 'sum by (a) (b)', shown: false },
      { where: 'd.json, annotation "Starts"', text: 'changes(c{edge=~".+"}[1m])', shown: true },
    ]);
  });

  it('leaves a variable that is not declared, so that the query cannot be read', () => {
    const [query] = dashboardQueries(
      'd.json',
      JSON.stringify({ panels: [{ targets: [{ expr: 'rate(a[$nothing])' }] }] }),
    );
    expect(readQuery(query!.text, () => undefined).problems).toHaveLength(1);
  });
});

describe('alerts', () => {
  const RUNBOOK = `
# Runbook
## No frames
- **Look at.** The page.
- **Do.** Something.
## Redis' master is gone: what now?
- **Look at.** Redis.
\`\`\`
## No heading
\`\`\`
## No frames
## It does not start
| what it says | what to do |
|---|---|
`;
  const alert = (url?: string): Rule[] => [
    { alert: 'A', expr: '1', labels: {}, annotations: url === undefined ? {} : { runbook_url: url } },
  ];

  it('lead to headings by the anchors that GitHub gives them', () => {
    expect([...sectionsOf(RUNBOOK).keys()]).toEqual([
      'runbook',
      'no-frames',
      'redis-master-is-gone-what-now',
      'no-frames-1',
      'it-does-not-start',
    ]);
  });

  it('are right when their section says what to look at and what to do', () => {
    expect(alertProblems(rulesOf(RULES), RUNBOOK)).toEqual([]);
    expect(alertProblems(alert('https://example.org/blob/main/docs/runbook.md#no-frames'), RUNBOOK)).toEqual(
      [],
    );
  });

  it('are right when their section has what to do beside what a program says', () => {
    expect(alertProblems(alert('docs/runbook.md#it-does-not-start'), RUNBOOK)).toEqual([]);
  });

  it.each([
    [undefined, /^A: has no annotation runbook_url/],
    ['https://example.org/#no-frames', /^A: has no annotation runbook_url/],
    ['docs/runbook.md#no-heading', /^A: leads to #no-heading, which is no heading/],
    ['docs/runbook.md#redis-master-is-gone-what-now', /^A: .* does not say \*\*Do\.\*\*$/],
  ])('with %s are named', (url, problem) => {
    expect(alertProblems(alert(url), RUNBOOK)).toEqual([expect.stringMatching(problem)]);
  });

  it('of a file that holds no rules are none', () => {
    expect(rulesOf('scrape_configs: []')).toEqual([]);
    expect(rulesOf('')).toEqual([]);
  });
});

describe('mentionProblems', () => {
  it('names metrics of the documentation that nothing exports', () => {
    const page =
      '`partyline_a_total{x="1"}`, `partyline_a_*`, `partyline_h_bucket`, `partyline_b_total`, `partyline_z_*`';
    expect(mentionProblems('docs/x.md', page, ['partyline_a_total', 'partyline_h'])).toEqual([
      'docs/x.md: names partyline_b_total, which nothing exports.',
      'docs/x.md: names partyline_z_, which nothing exports.',
    ]);
  });
});
