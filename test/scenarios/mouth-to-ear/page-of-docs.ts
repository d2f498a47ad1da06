import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../support/program.ts';
import type { Figures } from './figures.ts';
import { pictureOf } from './picture.ts';
import { ROWS } from './rows.ts';

const PAGE = join(ROOT, 'docs/mouth-to-ear.md');
const PICTURE = join(ROOT, 'docs/images/mouth-to-ear.svg');
const BEGIN = '<!-- measured: written by npm run scenario -- mouth-to-ear --full -->';
const END = '<!-- /measured -->';

const IMAGE = '![Share of the speech heard within a time](images/mouth-to-ear.svg)';
const HOPS = ['capture', 'uplink', 'edge', 'downlink', 'playout'];

const tableOf = (rows: readonly (readonly (string | number)[])[]): string => {
  const [head, ...body] = rows;
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), line(head!.map(() => '---')), ...body.map(line)].join('\n');
};

/** What was measured, as the page has it. */
const measuredText = (all: readonly Figures[], when: string): string => {
  const rowOf = (figures: Figures) => ROWS.find(({ name }) => name === figures.row)!;
  const delays = tableOf([
    ['ms', 'p50', 'p95', 'p99', 'pieces', 'not heard as spoken', '`getStats()` off', 'floor', 'aim'],
    ...all.map((figures) => {
      const { about, share, floorMs, aimMs } = rowOf(figures);
      const { p50, p95, p99, pieces, missing, claimOff } = figures;
      const of = `p${share * 100}`;
      const share1 = `${(missing * 100).toFixed(1)} %`;
      return [about, p50, p95, p99, pieces, share1, claimOff, `${of} ${floorMs}`, `${of} ${aimMs}`];
    }),
  ]);
  const parts = tableOf([
    ['mean ms', ...HOPS, 'sum of the parts'],
    ...all.map((figures) => {
      const values = HOPS.map((hop) => figures.hops[hop] ?? 0);
      return [rowOf(figures).about, ...values, values.reduce((sum, ms) => sum + ms, 0).toFixed(1)];
    }),
  ]);
  const lines = tableOf([
    ['', 'packets', 'lost', 'frames received', 'late', 'pauses', 'frames left out'],
    ...all.map((figures) => {
      const { packets, packetsLost, received, late, pauses, pausedFrames } = figures;
      return [rowOf(figures).about, packets, packetsLost, received, late, pauses, pausedFrames];
    }),
  ]);
  return `${IMAGE}\n\n${when}\n\n${delays}\n\n${parts}\n\n${lines}\n`;
};

/** Writes table and picture into the documentation. */
export const writeDocs = async (all: readonly Figures[], when: string): Promise<void> => {
  const page = await readFile(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`${PAGE} has lost the marks between which figures are written.`);
  const text = `${BEGIN}\n${measuredText(all, when)}${END}`;
  await writeFile(PAGE, page.slice(0, begin) + text + page.slice(end + END.length));
  await writeFile(PICTURE, pictureOf(all));
};
