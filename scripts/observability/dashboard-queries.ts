/** A query and where it stands. */
export interface Query {
  where: string;
  text: string;
  /** Whether what it asks for is shown to somebody: a variable's is not. */
  shown: boolean;
}

interface Variable {
  name: string;
  type: string;
  query?: string | { query?: string };
  allValue?: string;
}
interface Panel {
  title?: string;
  targets?: { refId?: string; expr?: string }[];
  panels?: Panel[];
}
interface Dashboard {
  panels?: Panel[];
  templating?: { list?: Variable[] };
  annotations?: { list?: { name?: string; expr?: string }[] };
}

/** What Grafana has in the place of its own variables; any duration will do. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: '5m',
  __interval: '1m',
  __interval_ms: '60000',
  __range: '1h',
  __range_s: '3600',
  __range_ms: '3600000',
  __from: '1800000000000',
  __to: '1800003600000',
};

/** Every query of a dashboard, with values in the place of variables: of panels, variables and annotations. */
export const dashboardQueries = (file: string, json: string): Query[] => {
  const { panels = [], templating, annotations } = JSON.parse(json) as Dashboard;
  const variables = templating?.list ?? [];
  const fill = filler(variables);
  const ofPanels = panels
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .flatMap(({ title = '', targets = [] }) =>
      targets.map(({ refId = '', expr = '' }) => ({
        where: `${file}, panel "${title}" (${refId})`,
        text: fill(expr),
        shown: true,
      })),
    );
  const ofVariables = variables
    .filter(({ type }) => type === 'query')
    .map(({ name, query = '' }) => ({
      where: `${file}, variable "${name}"`,
      text: asked(fill(typeof query === 'string' ? query : (query.query ?? ''))),
      shown: false,
    }));
  const ofAnnotations = (annotations?.list ?? [])
    .filter(({ expr }) => expr !== undefined)
    .map(({ name = '', expr = '' }) => ({
      where: `${file}, annotation "${name}"`,
      text: fill(expr),
      shown: true,
    }));
  return [...ofPanels, ...ofVariables, ...ofAnnotations].filter(({ text }) => text !== '');
};

/** Puts in for a variable what it stands for when everything is chosen. */
const filler = (variables: readonly Variable[]): ((text: string) => string) => {
  const values = new Map(Object.entries(BUILT_IN));
  for (const { name, allValue } of variables) values.set(name, allValue || 'anything');
  return (text) =>
    text.replaceAll(
      /\$(?:\{(\w+)(?:[.:][^}]*)?\}|(\w+))|\[\[(\w+)(?::\w+)?\]\]/g,
      (whole, braced, bare, bracketed) => values.get(braced ?? bare ?? bracketed) ?? whole,
    );
};

/**
 * The query in the question of a variable; `label_values` with a label alone, and a list of names, ask for no series.
 * For `label_values(series, label)` it is an aggregation by the label, so that the label is looked at as well.
 */
const asked = (question: string): string => {
  const call = /^\s*(label_values|query_result)\((.*)\)\s*$/s.exec(question);
  if (call === null) return '';
  const [, name, body = ''] = call;
  if (name === 'query_result') return body;
  const comma = body.lastIndexOf(',');
  return comma < 0 ? '' : `group by (${body.slice(comma + 1).trim()}) (${body.slice(0, comma)})`;
};
