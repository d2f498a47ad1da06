import { element, setText } from '../element.ts';
import { icon } from '../icons.ts';
import { type FigureName, figureNames, figureOf, seriesOf, unitOf } from '../line/line-figures.ts';
import type { LineSample } from '../line/line-history.ts';
import { judge } from '../line/verdict.ts';
import { strings } from '../strings.ts';
import { LineChart } from './line-chart.ts';

interface Drawn {
  chart: LineChart;
  /** What its parts show. */
  names: readonly FigureName[];
  /** What its heading shows. */
  shown: FigureName;
}

/** Between a number and its unit, in a sentence that may be broken into lines. */
const NO_BREAK_SPACE = '\u00a0';
/** For so long the button says that it worked, in ms. */
const COPIED_MS = 2_500;

/** How good the line is: a sentence, charts of the last two minutes, and the same as a table. */
export class LinePanel {
  readonly node: HTMLElement;
  readonly #verdict = element('p', { class: 'line-verdict' });
  readonly #charts: readonly Drawn[];
  readonly #cells = new Map<FigureName, readonly [HTMLElement, HTMLElement, HTMLElement]>();
  readonly #copyLabel = element('span', {}, strings.line.copy);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param diagnostics what is copied */
  constructor(diagnostics: () => string) {
    const { line } = strings;
    this.#charts = charts();
    const copy = element('button', { type: 'button', class: 'button' }, icon('copy'), this.#copyLabel);
    copy.addEventListener('click', () => void this.#copy(diagnostics()));
    this.node = element(
      'div',
      { class: 'line' },
      this.#verdict,
      ...this.#charts.map(({ chart }) => chart.node),
      this.#table(),
      copy,
      element('p', { class: 'hint' }, line.copyHint),
    );
    this.draw([]);
  }

  /** Once a second, and only while it is in sight. */
  draw(samples: readonly LineSample[]): void {
    const { grade, mouthToEarMs } = judge(samples);
    this.#verdict.dataset.grade = grade;
    const delay = strings.format.milliseconds(mouthToEarMs ?? 0).replace(' ', NO_BREAK_SPACE);
    setText(this.#verdict, strings.line.verdict[grade](delay));
    for (const { chart, names, shown } of this.#charts) {
      chart.draw(
        names.map((name) => seriesOf(samples, name)),
        written(shown, figureOf(samples, shown).now),
      );
    }
    for (const [name, [now, mean, worst]] of this.#cells) {
      const figure = figureOf(samples, name);
      setText(now, written(name, figure.now));
      setText(mean, written(name, figure.mean));
      setText(worst, written(name, figure.worst));
    }
  }

  #table(): HTMLElement {
    const { line } = strings;
    const head = [line.figure, line.now, line.mean, line.worst].map((text) =>
      element('th', { scope: 'col' }, text),
    );
    const rows = figureNames.map((name) => {
      const cells = [element('td'), element('td'), element('td')] as const;
      this.#cells.set(name, cells);
      const label = element('th', { scope: 'row', title: line.about[name] }, line.figures[name]);
      const isPart = name === 'uplink' || name === 'edge' || name === 'downlink' || name === 'playout';
      return element('tr', { class: isPart ? 'part' : undefined }, label, ...cells);
    });
    return element(
      'details',
      { class: 'line-table' },
      element('summary', {}, line.table),
      element(
        'table',
        {},
        element('caption', { class: 'visually-hidden' }, line.caption),
        element('thead', {}, element('tr', {}, ...head)),
        element('tbody', {}, ...rows),
      ),
    );
  }

  async #copy(text: string): Promise<void> {
    let said: string = strings.line.copied;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Refused without focus, absent outside of secure contexts.
      said = strings.line.notCopied;
    }
    clearTimeout(this.#timer);
    setText(this.#copyLabel, said);
    this.#timer = setTimeout(() => setText(this.#copyLabel, strings.line.copy), COPIED_MS);
  }
}

function charts(): Drawn[] {
  const { figures, headings } = strings.line;
  const part = (name: FigureName, tone: 1 | 2 | 3 | 4) => ({ label: figures[name], tone });
  const milliseconds = (value: number): string => written('rtt', value);
  const drawn = (
    names: readonly FigureName[],
    shown: FigureName,
    options: { heading: string; leastTop: number; stacked?: boolean; format(value: number): string },
  ): Drawn => {
    const parts = names.map((name, at) => part(name, (at + 1) as 1 | 2 | 3 | 4));
    return { names, shown, chart: new LineChart({ ...options, parts }) };
  };
  return [
    drawn(['uplink', 'edge', 'downlink', 'playout'], 'mouthToEar', {
      heading: headings.mouthToEar,
      stacked: true,
      leastTop: 100,
      format: milliseconds,
    }),
    drawn(['lost', 'late', 'concealed'], 'lost', {
      heading: headings.loss,
      leastTop: 0.05,
      format: (value) => strings.format.percent(value),
    }),
    drawn(['jitter'], 'jitter', { heading: headings.jitter, leastTop: 20, format: milliseconds }),
    drawn(['sent'], 'sent', {
      heading: headings.sent,
      leastTop: 50,
      format: (value) => strings.line.kilobits(value),
    }),
  ];
}

function written(name: FigureName, value: number | undefined): string {
  const { format, line } = strings;
  if (value === undefined) return line.none;
  switch (unitOf[name]) {
    case 'ms':
      return format.milliseconds(value);
    case 'share':
      return format.percent(value);
    case 'kbps':
      return line.kilobits(value);
    case 'frames':
      return format.number(value);
  }
}
