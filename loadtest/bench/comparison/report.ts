import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.ts';
import type { ShapeFigures, SideFigures } from './verdict.ts';

/** What `--full` commits of one bench. */
export interface Report {
  name: string;
  about: string;
  date: string;
  machine: Machine;
  pinning: string;
  pairs: number;
  windowSeconds: number;
  ratio: number;
  shapes: ShapeFigures[];
}

/** What `--full` commits of a bench with a table of its own. */
export interface TableReport {
  name: string;
  about: string;
  date: string;
  machine: Machine;
  /** Where things ran and for how long. */
  setting: string;
  /** The first row is its head. */
  table: readonly (readonly string[])[];
  figures: unknown;
}

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

const thousand = (value: number): string => `${(value / 1000).toFixed(1)}k`;
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const HEAD = [
  'shape',
  'server',
  'frames/s',
  'CPU',
  'idle CPU',
  'frames/CPU-s',
  'frames/msg',
  'p50 ms',
  'p99 ms',
  'lost',
  'ratio (floor, aim)',
  'added p99 ms (limit)',
] as const;

const row = (figures: ShapeFigures, kind: 'bare' | 'edge'): string[] => {
  const side: SideFigures = figures[kind];
  return [
    kind === 'bare' ? figures.shape : '',
    kind,
    thousand(side.usefulFramesPerSecond),
    percent(side.serverShare),
    percent(side.idleShare),
    thousand(side.framesPerCpuSecond),
    side.framesPerMessage.toFixed(2),
    side.p50Ms.toFixed(2),
    side.p99Ms.toFixed(2),
    String(side.lost),
    kind === 'edge' ? `${figures.ratio.toFixed(2)} (${figures.floor}, ${figures.aim})` : '',
    kind === 'edge' ? `${figures.addedP99Ms.toFixed(2)} (${figures.addedP99LimitMs})` : '',
  ];
};

/** The figures as rows for people; the first is the head. */
export const tableOf = (shapes: readonly ShapeFigures[]): string[][] => [
  [...HEAD],
  ...shapes.flatMap((figures) => [row(figures, 'bare'), row(figures, 'edge')]),
];

const section = (report: Report | TableReport): string => {
  const [head, ...rows] = 'table' in report ? report.table : tableOf(report.shapes);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const { cpu, cores, node, system } = report.machine;
  const setting =
    'table' in report
      ? report.setting
      : `${report.pinning} ${report.pairs} pairs of windows of ${report.windowSeconds} s, medians.`;
  return [
    `## ${report.name}`,
    '',
    `${report.about}`,
    '',
    `${report.date}; ${cpu}, ${cores} cores, Node ${node}, ${system}. ${setting}`,
    '',
    line(head!),
    line(head!.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
};

const INTRODUCTION = `# Benchmark results

Written by \`npm run bench -- NAME --full\`; the figures behind the tables are in the JSON files beside this page.
Both sides carry the same load from the same generator, in turns. CPU is the server process's own, user and system; a useful frame is
one delivered to somebody who did not send it. "Added" is the edge's p99 minus the bare relay's in the same pair of windows. Compare figures only
within one run: a busier machine makes every server coalesce.
`;

/** Writes `results/NAME.json` and renders `results/README.md` anew from all JSON files there. */
export const writeReport = (report: Report, folder = RESULTS): void => write(report, folder);

/** The same for a bench whose figures are not those of two servers side by side. */
export const writeTable = (report: TableReport, folder = RESULTS): void => write(report, folder);

const write = (report: Report | TableReport, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  const reports = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report | TableReport)
    // Other benches may keep results of another form here.
    .filter((one) => one.machine !== undefined && Array.isArray('table' in one ? one.table : one.shapes));
  writeFileSync(join(folder, 'README.md'), [INTRODUCTION, ...reports.map(section)].join('\n'));
};
