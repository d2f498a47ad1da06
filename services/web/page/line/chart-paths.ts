/** Values over time, oldest first; undefined where there is none. */
export type Series = readonly (number | undefined)[];

/** In units of the drawing. */
export interface Box {
  width: number;
  height: number;
  /** Places across the whole width; shorter series stand at the right end. */
  places: number;
  /** The value at the upper edge. */
  top: number;
}

/** The least of 1, 2, 5, 10, 20 … that holds the value, so that a scale changes seldom and reads well. */
export function niceTop(value: number, least: number): number {
  let power = 10 ** Math.floor(Math.log10(Math.max(value, least)));
  for (;;) {
    for (const step of [1, 2, 5]) if (step * power >= value && step * power >= least) return step * power;
    power *= 10;
  }
}

/** A line through the values, broken where there is none: the `d` of an SVG path. */
export function linePath(series: Series, box: Box): string {
  return runsOf(series)
    .map((run) => {
      const points = run.map(({ at, value }) => pointOf(at, value, series.length, box));
      // A single value is a dot: a line of no length, with round ends.
      return `M${points.join('L')}${points.length === 1 ? 'h0' : ''}`;
    })
    .join('');
}

/** The area between two series where both have values. */
export function areaPath(lower: Series, upper: Series, box: Box): string {
  const both = upper.map((value, at) => (lower[at] === undefined ? undefined : value));
  return runsOf(both)
    .map((run) => {
      const above = run.map(({ at, value }) => pointOf(at, value, upper.length, box));
      const below = run.map(({ at }) => pointOf(at, lower[at]!, upper.length, box)).reverse();
      return `M${[...above, ...below].join('L')}Z`;
    })
    .join('');
}

/** Each series on top of the ones before it; where one has no value, none has. */
export function stack(parts: readonly Series[]): (number | undefined)[][] {
  const length = parts[0]?.length ?? 0;
  const stacked: (number | undefined)[][] = [];
  let below: (number | undefined)[] = Array.from({ length }, (_, at) =>
    parts.every((part) => part[at] !== undefined) ? 0 : undefined,
  );
  for (const part of parts) {
    // A negative part is a clock that is a little off: it takes nothing away from the others.
    below = below.map((value, at) => (value === undefined ? undefined : value + Math.max(0, part[at]!)));
    stacked.push(below);
  }
  return stacked;
}

interface Point {
  at: number;
  value: number;
}

function runsOf(series: Series): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] | undefined;
  for (const [at, value] of series.entries()) {
    if (value === undefined) {
      run = undefined;
      continue;
    }
    if (run === undefined) {
      run = [];
      runs.push(run);
    }
    run.push({ at, value });
  }
  return runs;
}

function pointOf(at: number, value: number, length: number, { width, height, places, top }: Box): string {
  const x = width - ((length - 1 - at) * width) / (places - 1);
  const y = height - (Math.min(Math.max(0, value), top) * height) / top;
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
