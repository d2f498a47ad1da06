// Whether dashboards, rules and alerts, the runbook and the metrics fit together:
// - every metric is on a panel, in a rule or in an alert;
// - every query can be read, and asks for series, labels and values that exist;
// - every alert leads to a section of the runbook that says what to look at and what to do;
// - the metrics that the documentation names exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalogue } from './metrics-docs/catalogue.ts';
import { dashboardQueries, type Query } from './observability/dashboard-queries.ts';
import { KnownSeries } from './observability/known-series.ts';
import { mentionProblems } from './observability/mentions.ts';
import { queryProblems, unusedMetrics } from './observability/query-check.ts';
import { rulesOf } from './observability/rules.ts';
import { alertProblems } from './observability/runbook.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (...parts: string[]): string => readFileSync(path.join(root, ...parts), 'utf8');
const filesIn = (folder: string, extension: string): string[] => {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(extension))
    .sort();
};

const rules = filesIn('deploy/prometheus', '.yaml').flatMap((file) =>
  rulesOf(read('deploy/prometheus', file)).map((rule) => ({ ...rule, file })),
);
const queries: Query[] = [
  ...filesIn('deploy/grafana/dashboards', '.json').flatMap((file) =>
    dashboardQueries(file, read('deploy/grafana/dashboards', file)),
  ),
  ...rules.map(({ file, record, alert, expr }) => ({
    where: `${file}, ${record ?? alert}`,
    text: expr,
    shown: true,
  })),
];
const catalogue = await readCatalogue({ withDefaults: true });
const known = new KnownSeries(catalogue, rules);
const names = catalogue.map(({ name }) => name);
const problems = [
  ...queryProblems(queries, known),
  ...unusedMetrics(catalogue, queries, known).map(
    (name) => `${name}: is on no panel and in no rule or alert of deploy/; put it where somebody looks.`,
  ),
  ...alertProblems(rules, read('docs', 'runbook.md')),
  ...filesIn('docs', '.md').flatMap((page) => mentionProblems(`docs/${page}`, read('docs', page), names)),
];
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
const metrics = names.filter((name) => name.startsWith('partyline_')).length;
const alerts = rules.filter(({ alert }) => alert !== undefined).length;
console.log(
  `${metrics} metrics, ${queries.length} queries, ${alerts} alerts: ${problems.length === 0 ? 'all fit together' : `${problems.length} problems`}`,
);
