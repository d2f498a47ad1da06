import type { Figures } from './figures.ts';
import { ROWS } from './rows.ts';

const WIDTH = 720;
const HEIGHT = 340;
const LEFT = 52;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 76;
const STEP_MS = 100;
/** Told apart in grey, too: by their dashes. Readable on white and on black. */
const STROKES = [
  { colour: '#1a9850', dash: '' },
  { colour: '#3b82f6', dash: '8 4' },
  { colour: '#d9480f', dash: '2 3' },
];
const INK = '#808080';

/**
 * How large a share of the speech was heard within which time, a curve for each row, as an SVG; the aims are the
 * marks on the curves' own height.
 */
export const pictureOf = (all: readonly Figures[]): string => {
  const mostMs =
    Math.ceil(Math.max(...all.map(({ p99 }) => p99), ...ROWS.map(({ aimMs }) => aimMs)) / STEP_MS) * STEP_MS;
  const x = (ms: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * ms) / mostMs;
  const y = (share: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
  const lines: string[] = [];
  const text = (content: string, atX: number, atY: number, anchor = 'middle'): string =>
    `<text x="${atX.toFixed(1)}" y="${atY.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
  for (let ms = 0; ms <= mostMs; ms += STEP_MS) {
    lines.push(`<line class="grid" x1="${x(ms)}" y1="${y(0)}" x2="${x(ms)}" y2="${y(1)}"/>`);
    lines.push(text(String(ms), x(ms), y(0) + 16));
  }
  for (const share of [0, 0.25, 0.5, 0.75, 0.95, 1]) {
    lines.push(`<line class="grid" x1="${x(0)}" y1="${y(share)}" x2="${x(mostMs)}" y2="${y(share)}"/>`);
    lines.push(text(`${share * 100} %`, LEFT - 6, y(share) + 4, 'end'));
  }
  lines.push(text('ms from mouth to ear; the dots are the aims', (LEFT + WIDTH - RIGHT) / 2, y(0) + 34));
  for (const [index, { row, delays }] of all.entries()) {
    const { colour, dash } = STROKES[index % STROKES.length]!;
    const { about, share, aimMs } = ROWS.find(({ name }) => name === row)!;
    const sorted = [...delays].sort((a, b) => a - b);
    const points = sorted
      .map((ms, rank) => `${x(Math.min(ms, mostMs)).toFixed(1)},${y((rank + 1) / sorted.length).toFixed(1)}`)
      .join(' ');
    const stroke = `stroke="${colour}" stroke-dasharray="${dash}"`;
    lines.push(`<polyline class="curve" ${stroke} points="${points}"/>`);
    lines.push(`<circle cx="${x(aimMs).toFixed(1)}" cy="${y(share).toFixed(1)}" r="4" fill="${colour}"/>`);
    const legendX = LEFT + (index * (WIDTH - LEFT)) / all.length;
    lines.push(
      `<line class="curve" ${stroke} x1="${legendX}" y1="${HEIGHT - 14}" x2="${legendX + 30}" y2="${HEIGHT - 14}"/>`,
    );
    lines.push(text(about, legendX + 36, HEIGHT - 10, 'start'));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Share of the speech that was heard within a time, for each row of the table">
<style>text{font:12px sans-serif;fill:${INK}}.grid{stroke:${INK};stroke-opacity:.25}.curve{fill:none;stroke-width:2}</style>
${lines.join('\n')}
</svg>
`;
};
