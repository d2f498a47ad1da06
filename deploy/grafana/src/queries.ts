import { ANY_PAIR } from './variables.ts';

/** What variables of a dashboard stand for when its queries are asked outside of Grafana. */
export interface QueryValues {
  cluster?: string;
  region?: string;
  edge?: string;
  directory?: string;
  /** Two matchers, as `from_region="…",to_region="…"`. */
  pair?: string;
  /** Of rates, such as `1m`; four times the interval of scrapes is Grafana's. */
  rateInterval?: string;
  /** Of figures over all that is shown, such as `1h`. */
  range?: string;
}

/** One question of one panel, ready to be put to Prometheus. */
export interface PanelQuery {
  panelId: number;
  panelTitle: string;
  refId: string;
  /** A value of now, not a line in time. */
  instant: boolean;
  expression: string;
  legend: string;
}

interface ReadTarget {
  refId?: string;
  expr?: string;
  instant?: boolean;
  legendFormat?: string;
}

interface ReadPanel {
  id?: number;
  title?: string;
  targets?: ReadTarget[];
  panels?: ReadPanel[];
}

/**
 * Every query of a dashboard, with values in the place of its variables.
 * @param json the text of a dashboard's file
 * @param values of variables; what is not given stands for everything
 */
export const queriesOf = (json: string, values: QueryValues = {}): PanelQuery[] => {
  const { panels = [] } = JSON.parse(json) as ReadPanel;
  return panels
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .flatMap((panel) =>
      (panel.targets ?? []).map((target) => ({
        panelId: panel.id ?? 0,
        panelTitle: panel.title ?? '',
        refId: target.refId ?? '',
        instant: target.instant === true,
        expression: filled(target.expr ?? '', values),
        legend: target.legendFormat ?? '',
      })),
    );
};

/** A query with values in the place of its variables. */
export const filled = (expression: string, values: QueryValues): string => {
  const texts: Record<string, string> = {
    cluster: values.cluster ?? 'partyline',
    region: values.region ?? '.+',
    edge: values.edge ?? '.+',
    directory: values.directory ?? '.+',
    pair: values.pair ?? ANY_PAIR,
    __rate_interval: values.rateInterval ?? '1m',
    __range: values.range ?? '1h',
  };
  return expression.replaceAll(/\$(?:\{(\w+)(?::raw)?\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    return texts[braced ?? bare ?? ''] ?? whole;
  });
};
