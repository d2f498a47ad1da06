import { axes, plotIn, roundUp, xOf } from './axes.ts';
import { colourOverride, isApart, type PanelJson } from './panel-json.ts';
import type { Window } from './prometheus-reader.ts';
import { valueText } from './values.ts';

/** A line with its name. */
export interface NamedLine {
  name: string;
  points: readonly (readonly [atSeconds: number, value: number])[];
}

interface DrawnLine extends NamedLine {
  colour: string;
  /** What it stands on, when lines stand on one another. */
  base: ReadonlyMap<number, number>;
  isStacked: boolean;
}

const PALETTE = [
  '#56A64B',
  '#3274D9',
  '#FF780A',
  '#A352CC',
  '#E0B400',
  '#1FA39A',
  '#E02F44',
  '#8AB8FF',
  '#C77CD0',
  '#7A8B2F',
  '#D98C5F',
  '#5B7FA6',
];
/** More names than this do not fit below a picture. */
const MAX_NAMES = 12;
const LEGEND_HEIGHT = 30;

/** Lines in time, or areas on top of one another, and their names with the last value. */
export const lineChart = (
  panel: PanelJson,
  lines: readonly NamedLine[],
  window: Window,
  [width, height]: [number, number],
): string => {
  const { unit = 'none', min, custom, thresholds } = panel.fieldConfig?.defaults ?? {};
  const mode = custom?.stacking?.mode;
  const isStacked = mode === 'normal' || mode === 'percent';
  const drawn = withBases(panel, lines, isStacked);
  const tops = drawn.flatMap(({ points, base }) => points.map(([at, value]) => value + (base.get(at) ?? 0)));
  const low =
    min === 0 ? 0 : Math.min(0, -roundUp(-Math.min(0, ...tops)) * Number(tops.some((one) => one < 0)));
  const high = roundUp(Math.max(custom?.axisSoftMax ?? 0, ...tops), unit);
  const plot = plotIn(width, height - LEGEND_HEIGHT);
  const y = (value: number): number => plot.top + plot.height * (1 - (value - low) / (high - low));
  const bounds = (thresholds?.steps ?? [])
    .filter((step) => step.value !== null && step.value <= high && step.color !== 'transparent')
    .map(({ value, color }) => {
      const at = y(value!).toFixed(1);
      return `<line class="bound" stroke="${color}" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${at}" y2="${at}"/>`;
    });
  const paths = drawn.map(({ points, base, colour, isStacked }) => {
    const up = points.map(
      ([at, value]) => `${xOf(plot, window, at).toFixed(1)},${y(value + (base.get(at) ?? 0)).toFixed(1)}`,
    );
    const outline = `<polyline stroke="${colour}" points="${up.join(' ')}"/>`;
    if (!isStacked) return outline;
    const down = points.map(
      ([at]) => `${xOf(plot, window, at).toFixed(1)},${y(base.get(at) ?? 0).toFixed(1)}`,
    );
    return `<polygon fill="${colour}" points="${[...up, ...down.reverse()].join(' ')}"/>${outline}`;
  });
  return `<svg width="${width}" height="${height - LEGEND_HEIGHT}">${axes(plot, window, [low, high], unit)}${bounds.join('')}${paths.join('')}</svg>${legend(drawn, unit)}`;
};

const withBases = (panel: PanelJson, lines: readonly NamedLine[], isStacked: boolean): DrawnLine[] => {
  const sums = new Map<number, number>();
  return lines.map((line) => {
    const stands = isStacked && !isApart(panel, line.name);
    const base = new Map(stands ? sums : []);
    if (stands) for (const [at, value] of line.points) sums.set(at, (sums.get(at) ?? 0) + value);
    const colour = colourOverride(panel, line.name) ?? colourByName(line.name);
    return { ...line, base, colour, isStacked: stands };
  });
};

const legend = (lines: readonly DrawnLine[], unit: string): string => {
  const shown = [...lines]
    .sort(byLastValue)
    .slice(0, MAX_NAMES)
    .map(({ name, colour, points }) => {
      const last = points.at(-1)?.[1];
      const value = last === undefined ? '' : ` <b>${valueText(last, unit)}</b>`;
      return `<span><i style="background:${colour}"></i>${name}${value}</span>`;
    });
  const more = lines.length > MAX_NAMES ? `<span>and ${lines.length - MAX_NAMES} more</span>` : '';
  return `<div class="legend">${shown.join('')}${more}</div>`;
};

/** What is most comes first, so that names that do not fit are those of zeros. */
const byLastValue = (a: DrawnLine, b: DrawnLine): number => lastOf(b) - lastOf(a);

const lastOf = ({ points }: DrawnLine): number => points.at(-1)?.[1] ?? 0;

/** The same name has the same colour in every panel. */
const colourByName = (name: string): string => {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return PALETTE[hash % PALETTE.length]!;
};
