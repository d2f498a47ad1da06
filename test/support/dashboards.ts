import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './program.ts';

const FOLDER = path.join(ROOT, 'deploy', 'grafana', 'dashboards');

/** One query of a panel. */
export interface PanelQuery {
  /** Such as `hops / Uplink`. */
  panel: string;
  /** With Grafana's variables. */
  expr: string;
}

interface Panel {
  title?: string;
  targets?: { expr?: string }[];
  /** Of a row that is folded. */
  panels?: Panel[];
}

/** Every query of every committed dashboard. */
export const panelQueries = (): PanelQuery[] => {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { panels = [] } = JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Panel;
      return panels.flatMap((panel) => queriesOf(path.basename(name, '.json'), panel));
    });
};

const queriesOf = (dashboard: string, { title = '', targets = [], panels = [] }: Panel): PanelQuery[] => [
  ...targets.flatMap(({ expr }) => (expr === undefined ? [] : [{ panel: `${dashboard} / ${title}`, expr }])),
  ...panels.flatMap((panel) => queriesOf(dashboard, panel)),
];

/** A query with values in place of variables, in any of the ways in which Grafana lets them be written. */
export const withVariables = (expr: string, values: Readonly<Record<string, string>>): string =>
  expr.replaceAll(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (whole, braced: string, plain: string) => {
    const value = values[braced ?? plain];
    if (value === undefined) throw new Error(`the query uses ${whole}, which has no value here: ${expr}`);
    return value;
  });
