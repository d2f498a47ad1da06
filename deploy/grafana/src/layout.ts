import type { GridPos, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { SizedPanel } from './panels/panel.ts';

/** Columns of Grafana's grid. */
const COLUMNS = 24;

/** Height of panels unless a row says otherwise, in Grafana's steps of 38 pixels. */
const DEFAULT_HEIGHT = 7;

/** A heading and the panels below it. */
export interface Row {
  title: string;
  panels: readonly SizedPanel[];
  /** Of each panel that has none of its own. */
  height?: number;
  /** Only the heading is seen until somebody opens it: for what is looked at when something is known to be wrong. */
  collapsed?: boolean;
  /** Once for each value of this variable. */
  repeat?: string;
}

/** Numbers the panels and gives each its place: from left to right, line by line, row below row. */
export const arranged = (rows: readonly Row[]): (Panel | RowPanel)[] => {
  const all: (Panel | RowPanel)[] = [];
  let y = 0;
  let id = 1;
  for (const row of rows) {
    const { title, collapsed = false, repeat, height = DEFAULT_HEIGHT } = row;
    const heading: RowPanel = {
      type: 'row',
      id,
      title,
      collapsed,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
      ...(repeat === undefined ? {} : { repeat }),
    };
    id += 1;
    const places = placesOf(row.panels, height, y + 1);
    const panels = row.panels.map(({ panel }, index) => ({
      ...panel,
      id: id + index,
      gridPos: places[index]!,
    }));
    id += panels.length;
    // Grafana keeps the panels of a closed row in it, and those of an open one beside it.
    all.push(collapsed ? { ...heading, panels } : heading, ...(collapsed ? [] : panels));
    y = collapsed ? y + 1 : bottomOf(places, y + 1);
  }
  return all;
};

const placesOf = (panels: readonly SizedPanel[], rowHeight: number, top: number): GridPos[] => {
  let x = 0;
  let y = top;
  let lineHeight = 0;
  return panels.map(({ width, height = rowHeight }) => {
    if (x + width > COLUMNS) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    const place = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return place;
  });
};

const bottomOf = (places: readonly GridPos[], top: number): number =>
  Math.max(top, ...places.map(({ y, h }) => y + h));
