import { element, setText } from '../element.ts';
import { areaPath, type Box, linePath, niceTop, type Series, stack } from '../line/chart-paths.ts';
import { MAX_SAMPLES } from '../line/line-history.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 240;
const HEIGHT = 64;

/** One line or one layer of a chart. */
export interface ChartPart {
  label: string;
  /** Chooses the colour in the styles. */
  tone: 1 | 2 | 3 | 4;
}

export interface ChartOptions {
  heading: string;
  parts: readonly ChartPart[];
  /** Parts stand on top of each other and add up; lines otherwise. */
  stacked?: boolean;
  /** The scale ends here at the least. */
  leastTop: number;
  /** How a value is written. */
  format(value: number): string;
}

/** A small drawing of the last two minutes. It is hidden from screen readers, which have the same as a table. */
export class LineChart {
  readonly node: HTMLElement;
  readonly #options: ChartOptions;
  readonly #now = element('span', { class: 'chart-now' });
  readonly #top = element('span', { class: 'chart-top' });
  readonly #paths: SVGPathElement[];

  constructor(options: ChartOptions) {
    this.#options = options;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    this.#paths = options.parts.map(({ tone }) => {
      const path = document.createElementNS(SVG, 'path');
      path.setAttribute('class', `${options.stacked ? 'chart-layer' : 'chart-line'} tone-${tone}`);
      svg.append(path);
      return path;
    });
    const legend = options.parts.map(({ label, tone }) =>
      element('li', {}, element('span', { class: `chart-key tone-${tone}` }), label),
    );
    this.node = element(
      'div',
      { class: 'chart', 'aria-hidden': 'true' },
      element('div', { class: 'chart-heading' }, element('span', {}, options.heading), this.#now),
      element('div', { class: 'chart-drawing' }, this.#top, svg),
      ...(legend.length > 1 ? [element('ul', { class: 'chart-legend' }, ...legend)] : []),
    );
  }

  /**
   * @param series one for each part, oldest first, of the same length
   * @param now what the heading says
   */
  draw(series: readonly Series[], now: string): void {
    const { stacked = false, leastTop, format } = this.#options;
    const lines = stacked ? stack(series) : series;
    const values = lines.flat().filter((value) => value !== undefined);
    const top = niceTop(Math.max(0, ...values), leastTop);
    const box: Box = { width: WIDTH, height: HEIGHT, places: MAX_SAMPLES, top };
    for (const [at, path] of this.#paths.entries()) {
      const line = lines[at] ?? [];
      const below = at === 0 ? line.map((value) => value && 0) : (lines[at - 1] ?? []);
      path.setAttribute('d', stacked ? areaPath(below, line, box) : linePath(line, box));
    }
    setText(this.#now, now);
    setText(this.#top, format(top));
  }
}
