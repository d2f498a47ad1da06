import { plotIn, text, times, xOf } from './axes.ts';
import type { Line, Window } from './prometheus-reader.ts';
import { valueText } from './values.ts';

interface Bucket {
  bound: number;
  /** Observations up to this bound, by time. */
  upTo: ReadonlyMap<number, number>;
}

/** As the dashboards have it: few observations beside many are still seen. */
const EXPONENT = 0.4;
const EVERY_BOUND = 6;

/** How full each bucket is, in time: one row of cells a bucket, the fuller the stronger. */
export const heatChart = (
  lines: readonly Line[],
  colour: string,
  window: Window,
  [width, height]: [number, number],
): string => {
  const buckets = lines
    .map(
      ({ labels, points }): Bucket => ({
        bound: Number(labels.le?.replace('+Inf', 'Infinity')),
        upTo: new Map(points),
      }),
    )
    .sort((a, b) => a.bound - b.bound);
  const rows = filledRows(buckets);
  const plot = plotIn(width, height);
  const cellHeight = plot.height / Math.max(1, rows.length);
  const cellWidth = (plot.width * window.stepSeconds) / (window.toSeconds - window.fromSeconds);
  const fullest = Math.max(...rows.flatMap(({ counts }) => [...counts.values()]), Number.MIN_VALUE);
  const cells = rows.flatMap(({ counts }, row) =>
    [...counts].map(([at, count]) => {
      const y = plot.top + plot.height - (row + 1) * cellHeight;
      return `<rect x="${(xOf(plot, window, at) - cellWidth).toFixed(1)}" y="${y.toFixed(1)}" width="${(cellWidth + 0.4).toFixed(1)}" height="${(cellHeight + 0.4).toFixed(1)}" fill="${colour}" fill-opacity="${((count / fullest) ** EXPONENT).toFixed(2)}"/>`;
    }),
  );
  const bounds = rows.flatMap(({ bound }, row) =>
    row % Math.ceil(rows.length / EVERY_BOUND) === 0
      ? [text(plot.left - 6, plot.top + plot.height - (row + 1) * cellHeight + 8, boundText(bound), 'end')]
      : [],
  );
  return `<svg width="${width}" height="${height}">${cells.join('')}${bounds.join('')}${times(plot, window).join('')}</svg>`;
};

/** Observations in each bucket alone, without the empty buckets below and above all. */
const filledRows = (buckets: readonly Bucket[]): { bound: number; counts: Map<number, number> }[] => {
  const rows = buckets.map(({ bound, upTo }, index) => {
    const below = buckets[index - 1]?.upTo;
    const counts = [...upTo].map(([at, value]) => [at, value - (below?.get(at) ?? 0)] as const);
    return { bound, counts: new Map(counts.filter(([, count]) => count > 1e-3)) };
  });
  const first = rows.findIndex(({ counts }) => counts.size > 0);
  const last = rows.findLastIndex(({ counts }) => counts.size > 0);
  return first < 0 ? [] : rows.slice(first, last + 1);
};

const boundText = (bound: number): string => (Number.isFinite(bound) ? valueText(bound, 's') : 'more');
