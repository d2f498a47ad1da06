import type { Window } from './prometheus-reader.ts';
import { valueText } from './values.ts';

/** The part of a panel that lines are drawn in, in pixels. */
export interface Plot {
  left: number;
  top: number;
  width: number;
  height: number;
}

const LEFT = 58;
const TOP = 9;
const BOTTOM = 16;
const TICKS = 4;

/** The part of a picture that is left for lines beside the axes. */
export const plotIn = (width: number, height: number): Plot => ({
  left: LEFT,
  top: TOP,
  width: width - LEFT - 8,
  height: height - BOTTOM - TOP,
});

/** Where a moment is. */
export const xOf = ({ left, width }: Plot, { fromSeconds, toSeconds }: Window, atSeconds: number): number =>
  left + ((atSeconds - fromSeconds) / (toSeconds - fromSeconds)) * width;

/** A round number that is no smaller, for the top of an axis. */
export const roundUp = (value: number, unit = 'none'): number => {
  if (value <= 0) return 1;
  if (unit === 'bytes' || unit === 'Bps') {
    const factor = 1024 ** Math.floor(Math.log(Math.max(1, value)) / Math.log(1024));
    if (factor > 1) return roundUp(value / factor) * factor;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value * 0.999)!;
};

/** Lines across, with their values, and some times below. */
export const axes = (
  plot: Plot,
  window: Window,
  [low, high]: readonly [number, number],
  unit: string,
): string => {
  const parts: string[] = [];
  for (let tick = 0; tick <= TICKS; tick++) {
    const y = plot.top + plot.height * (1 - tick / TICKS);
    const value = low + ((high - low) * tick) / TICKS;
    parts.push(line(plot.left, y, plot.left + plot.width, y));
    parts.push(text(plot.left - 6, y + 3, valueText(value, unit), 'end'));
  }
  return [...parts, ...times(plot, window)].join('');
};

/** Some times below a picture. */
export const times = (plot: Plot, window: Window): string[] =>
  [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = new Date((window.fromSeconds + (window.toSeconds - window.fromSeconds) * share) * 1000);
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return text(plot.left + plot.width * share, plot.top + plot.height + 13, clockText(at), anchor);
  });

/** A piece of text at a place. */
export const text = (x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="grid" x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}"/>`;

const clockText = (at: Date): string =>
  [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
