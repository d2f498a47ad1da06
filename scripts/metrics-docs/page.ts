import { HOPS } from '@partyline/telemetry';
import type { CatalogueMetric } from './catalogue.ts';
import { TARGET_LABELS } from './catalogue.ts';
import { OPEN_LABELS, SUBJECTS } from './subjects.ts';

const introduction = `# Metrics

Edges and directories export these at \`/metrics\` of their operations port (\`PARTYLINE_OPS_PORT\`), in the text format of
Prometheus. No metric names a room, a person or an address. What a client claims has \`source="client"\`; what an edge
measured itself has \`source="edge"\`.

The scrape configuration adds ${list(TARGET_LABELS.map(code))}, so no metric has a label of one of these names.
Histograms have the series \`_bucket\`, \`_sum\` and \`_count\`. A counter is there, as zero, before its first event, wherever the
values of its labels are known beforehand.

This page is generated from what the programs register by \`npm run docs\`; \`npm test\` fails when the two differ, and when a
metric is on no dashboard and in no alert.
`;

const defaults = `## Node.js and the process

Of [prom-client](https://github.com/siimon/prom-client), in both programs.

| Metric | Meaning |
| --- | --- |
| \`process_*\` | CPU seconds, memory, open files and start time of the process |
| \`nodejs_*\` | event-loop lag, heap, garbage collection and version of Node.js |
`;

/**
 * The text of docs/metrics.md.
 * @throws Error when a metric belongs to no subject
 */
export function metricsPage(catalogue: readonly CatalogueMetric[]): string {
  const bySubject = new Map(SUBJECTS.map((subject) => [subject, [] as CatalogueMetric[]]));
  for (const metric of catalogue) {
    const subject = SUBJECTS.find(({ names }) => names.test(metric.name));
    if (subject === undefined) {
      throw new Error(
        `${metric.name} belongs to no section: add its name to scripts/metrics-docs/subjects.ts.`,
      );
    }
    bySubject.get(subject)!.push(metric);
  }
  const sections = [...bySubject]
    .filter(([, metrics]) => metrics.length > 0)
    .map(([{ title, about }, metrics]) => `## ${title}\n\n${about}\n\n${table(metrics)}\n`);
  return [introduction, ...sections, defaults].join('\n');
}

function table(metrics: readonly CatalogueMetric[]): string {
  const rows = metrics.map(
    (metric) =>
      `| ${code(metric.name)} | ${metric.type} | ${unitOf(metric)} | ${labelsOf(metric)} | ${metric.programs.join(', ')} | ${metric.help.replaceAll('|', '\\|')} |`,
  );
  return [
    '| Metric | Type | Unit | Labels | Of | Meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Prometheus has the unit in the name; what else a number can be, its help says. */
export function unitOf({ name, type, help }: Pick<CatalogueMetric, 'name' | 'type' | 'help'>): string {
  const base = name.replace(/_total$/, '');
  if (base.endsWith('_per_second')) return 'per second';
  const unit = /_(seconds|bytes|ratio)$/.exec(base)?.[1];
  if (unit !== undefined) return unit;
  if (base.endsWith('_info')) return 'always 1';
  if (/\b0 to 1\b/.test(help)) return '0 to 1';
  if (/\b1 (?:or 0|while)\b/.test(help)) return '0 or 1';
  return type === 'counter' ? 'count' : 'number';
}

/** Labels with their values; values that depend on another label are listed by it. */
export function labelsOf({ labels, series }: Pick<CatalogueMetric, 'labels' | 'series'>): string {
  if (labels.length === 0) return '';
  const open = labels.filter((label) => label in OPEN_LABELS);
  const fixed = labels.filter((label) => !(label in OPEN_LABELS));
  const rows = series.map((row) => fixed.map((label) => row[labels.indexOf(label)]!));
  const parts =
    rows.length === 0
      ? fixed.map(code)
      : isProduct(rows)
        ? valuesOf(fixed, rows)
        : valuesByFirst(fixed, rows);
  return [...parts, ...open.map((label) => `${code(label)}: ${OPEN_LABELS[label]}`)].join('<br>');
}

function isProduct(rows: readonly string[][]): boolean {
  const width = rows[0]?.length ?? 0;
  let size = 1;
  for (let at = 0; at < width; at++) size *= new Set(rows.map((row) => row[at])).size;
  return size === new Set(rows.map((row) => row.join('\n'))).size;
}

function valuesOf(labels: readonly string[], rows: readonly string[][]): string[] {
  return labels.map((label, at) => `${code(label)}: ${values(rows.map((row) => row[at]!))}`);
}

function valuesByFirst(labels: readonly string[], rows: readonly string[][]): string[] {
  const [first, ...rest] = labels;
  const firsts = [...new Set(rows.map(([value]) => value!))];
  if (first === 'hop') firsts.sort((a, b) => placeOf(a) - placeOf(b));
  return firsts.map((value) => {
    const of = rows.filter((row) => row[0] === value);
    const others = rest
      .map((label, at) => ({ label, seen: of.map((row) => row[at + 1]!).filter((one) => one !== '') }))
      .filter(({ seen }) => seen.length > 0)
      .map(({ label, seen }) => `${code(label)} ${values(seen)}`);
    return `${code(first!)} ${code(value)}: ${others.join('; ')}`;
  });
}

/** Hops come in the order in which a frame takes them. */
function placeOf(hop: string): number {
  return (HOPS as readonly string[]).indexOf(hop);
}

function values(seen: readonly string[]): string {
  return [...new Set(seen.filter((value) => value !== ''))].map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
