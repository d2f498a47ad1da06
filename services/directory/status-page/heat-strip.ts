import { type Lane, type LaneColumn, observations, quantile, secondsText } from '@partyline/status';
import { element, setAttribute } from './element.ts';
import type { WatchedLane } from './watch.ts';

const COLUMN_MS = 2_000;
const HEIGHT = 72;
/** Below the distribution: a mark where frames were lost. */
const LOSS_HEIGHT = 6;
/** Beside it: names of the times. */
const AXIS_WIDTH = 44;
const LOWEST_SECONDS = 0.0002;
/** Hops that last for a frame or longer wherever people are: the picture leaves out what is faster. */
const SLOW_HOPS = new Set(['capture', 'playout', 'mouth_to_ear']);
const TICKS_SECONDS = [0.001, 0.01, 0.1, 1];

/** How a lane's latencies were distributed over the last minutes: time to the right, slower upwards, darker where more frames were. */
export class HeatStrip {
  readonly root = element('canvas', { class: 'strip', role: 'img' });
  readonly #lane: Lane;
  /** What stands at the bottom and at the top, in seconds: from what is usual on one machine to above the budget. */
  readonly #lowest: number;
  readonly #highest: number;
  readonly #bounds: readonly number[];

  /** @param boundsSeconds upper bounds of the buckets */
  constructor(lane: Lane, boundsSeconds: readonly number[]) {
    this.#lane = lane;
    this.#bounds = boundsSeconds;
    this.#lowest = SLOW_HOPS.has(lane.hop) ? lane.budget.watchSeconds / 40 : LOWEST_SECONDS;
    this.#highest = lane.budget.badSeconds * 2.5;
  }

  /** @param spanMs how far back the picture reaches */
  draw({ history, reading }: WatchedLane, spanMs: number): void {
    const context = this.#context();
    if (context === undefined) return;
    const atMs = history.moments.at(-1)?.atMs ?? 0;
    const columns = history.columns(atMs, COLUMN_MS, Math.round(spanMs / COLUMN_MS));
    const label =
      reading.p95Seconds === undefined
        ? `${reading.title}: no frames in the last 30 seconds`
        : `${reading.title}: of the last 30 seconds half took at most ${secondsText(reading.p50Seconds)}, 95 % ${secondsText(reading.p95Seconds)}`;
    setAttribute(this.root, 'aria-label', label);
    const { width } = this.root.getBoundingClientRect();
    const colours = coloursOf(this.root);
    context.clearRect(0, 0, width, HEIGHT);
    this.#drawAxis(context, width, colours);
    const columnWidth = (width - AXIS_WIDTH) / columns.length;
    for (const [index, column] of columns.entries()) {
      if (column === undefined) continue;
      const x = AXIS_WIDTH + index * columnWidth;
      this.#drawColumn(context, column, x, columnWidth, colours);
    }
    this.#drawLine(context, columns, columnWidth, colours);
  }

  /** Fitted to the place it has and to the screen's pixels. */
  #context(): CanvasRenderingContext2D | undefined {
    const { width } = this.root.getBoundingClientRect();
    if (width === 0) return undefined;
    const ratio = window.devicePixelRatio || 1;
    const [pixels, lines] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
    if (this.root.width !== pixels || this.root.height !== lines) {
      this.root.width = pixels;
      this.root.height = lines;
    }
    const context = this.root.getContext('2d') ?? undefined;
    context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  /** Logarithmic: from 1 to 10 ms it is as far as from 10 to 100. */
  #y(seconds: number): number {
    const share =
      Math.log(Math.max(seconds, this.#lowest) / this.#lowest) / Math.log(this.#highest / this.#lowest);
    return (HEIGHT - LOSS_HEIGHT - 2) * (1 - Math.min(1, share));
  }

  #drawAxis(context: CanvasRenderingContext2D, width: number, colours: Colours): void {
    context.fillStyle = colours.ground;
    context.fillRect(AXIS_WIDTH, 0, width - AXIS_WIDTH, HEIGHT);
    context.font = '10px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const seconds of TICKS_SECONDS) {
      if (seconds < this.#lowest || seconds > this.#highest) continue;
      const y = this.#y(seconds);
      context.fillStyle = colours.line;
      context.fillRect(AXIS_WIDTH, y, width - AXIS_WIDTH, 0.5);
      context.fillStyle = colours.faint;
      context.fillText(seconds === 1 ? '1 s' : `${seconds * 1_000} ms`, AXIS_WIDTH - 6, Math.max(6, y));
    }
    const { watchSeconds, badSeconds } = this.#lane.budget;
    context.setLineDash([3, 3]);
    for (const [seconds, colour] of [
      [watchSeconds, colours.watch],
      [badSeconds, colours.bad],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(AXIS_WIDTH, this.#y(seconds));
      context.lineTo(width, this.#y(seconds));
      context.stroke();
    }
    context.setLineDash([]);
  }

  #drawColumn(
    context: CanvasRenderingContext2D,
    { counts, passed, lost }: LaneColumn,
    x: number,
    width: number,
    colours: Colours,
  ): void {
    const total = observations(counts);
    for (const [bucket, count] of counts.entries()) {
      if (count === 0) continue;
      const lower = bucket === 0 ? 0 : this.#bounds[bucket - 1]!;
      const upper = this.#bounds[bucket] ?? this.#highest;
      const [top, bottom] = [this.#y(upper), this.#y(lower)];
      context.fillStyle = this.#colour((lower + upper) / 2, colours);
      context.globalAlpha = 0.18 + 0.82 * Math.sqrt(count / total);
      context.fillRect(x, top, width + 0.3, Math.max(2, bottom - top));
    }
    context.globalAlpha = 1;
    if (lost === 0) return;
    context.fillStyle = colours.bad;
    context.globalAlpha = Math.min(1, 0.35 + (20 * lost) / (lost + passed));
    context.fillRect(x, HEIGHT - LOSS_HEIGHT, Math.max(2, width), LOSS_HEIGHT);
    context.globalAlpha = 1;
  }

  /** The 95th percentile over three columns at a time. */
  #drawLine(
    context: CanvasRenderingContext2D,
    columns: readonly (LaneColumn | undefined)[],
    columnWidth: number,
    colours: Colours,
  ): void {
    context.strokeStyle = colours.text;
    context.globalAlpha = 0.75;
    context.lineWidth = 1.25;
    context.beginPath();
    let isDrawing = false;
    for (const index of columns.keys()) {
      const near = columns.slice(Math.max(0, index - 1), index + 2).flatMap((column) => column?.counts ?? []);
      const buckets = this.#bounds.length + 1;
      const counts = new Array<number>(buckets).fill(0);
      for (const [at, count] of near.entries()) counts[at % buckets]! += count;
      const p95 = columns[index] === undefined ? undefined : quantile(counts, this.#bounds, 0.95);
      if (p95 === undefined) {
        isDrawing = false;
        continue;
      }
      const [x, y] = [AXIS_WIDTH + (index + 0.5) * columnWidth, this.#y(p95)];
      if (isDrawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      isDrawing = true;
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #colour(seconds: number, { good, watch, bad }: Colours): string {
    const { watchSeconds, badSeconds } = this.#lane.budget;
    if (seconds > badSeconds) return bad;
    return seconds > watchSeconds ? watch : good;
  }
}

type Colours = Record<'good' | 'watch' | 'bad' | 'ground' | 'line' | 'faint' | 'text', string>;

/** As the style sheet has them, which knows whether it is dark. */
const coloursOf = (root: Element): Colours => {
  const style = getComputedStyle(root);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    good: colour('good'),
    watch: colour('watch'),
    bad: colour('bad'),
    ground: colour('ground'),
    line: colour('line'),
    faint: colour('faint'),
    text: colour('text'),
  };
};
