import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { anchor, WHERE_TO_LOOK } from './advice.ts';
import { VERDICT_COLOURS } from './hop-colours.ts';
import { arranged, type Row } from './layout.ts';
import { CHOSEN_DATASOURCE } from './panels/panel.ts';
import { commonVariables, runbookVariable } from './variables.ts';

/** All dashboards have it, and find each other by it. */
const TAG = 'partyline';

/** What one dashboard is made of. */
export interface DashboardSource {
  /** Of the file. */
  name: string;
  /** What links of alerts and people lead to, after `partyline-`, so it stays as it is; the name, unless given. */
  uid?: string;
  title: string;
  description: string;
  /** Beside data source, cluster and region. */
  variables: readonly Builder<VariableModel>[];
  rows: readonly Row[];
  /** How far back it begins, such as `1h`. */
  range?: string;
}

/** Puts a dashboard together: variables, links to the others, marks of alerts and drains, panels in their places. */
export const dashboardOf = (source: DashboardSource, runbookUrl: string): Dashboard => {
  const builder = new DashboardBuilder(`Partyline / ${source.title}`)
    .uid(`partyline-${source.uid ?? source.name}`)
    .description(source.description)
    .tags([TAG])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${source.range ?? '1h'}`, to: 'now' })
    .refresh('10s')
    .variables([...commonVariables(), ...source.variables, runbookVariable(runbookUrl)])
    .links([
      new DashboardLinkBuilder('Partyline')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
      new DashboardLinkBuilder('Runbook')
        .type(DashboardLinkType.Link)
        .icon('doc')
        .url(`${runbookUrl}#${anchor(WHERE_TO_LOOK)}`)
        .targetBlank(true),
    ])
    .annotations([
      mark(
        'Alerts',
        VERDICT_COLOURS.bad,
        'ALERTS{alertstate="firing",cluster=~"$cluster|"}',
        '{{alertname}}',
      ),
      mark(
        'Drains',
        VERDICT_COLOURS.warning,
        'partyline_edge_draining{cluster="$cluster",region=~"$region"} == 1',
        '{{edge}} drains',
      ),
    ]);
  const { annotations, links = [], ...rest } = builder.build();
  return {
    ...rest,
    annotations: { list: (annotations.list ?? []).map(inSight) },
    links: links.map(inSight),
    panels: arranged(source.rows),
  };
};

/** The SDK hides switches and links in a menu unless told otherwise, and cannot be told otherwise. */
const inSight = <Shown extends { placement?: unknown }>({ placement: _, ...shown }: Shown) => shown;

/** Times at which a query has a value, marked in every panel. */
const mark = (name: string, colour: string, expression: string, title: string): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(CHOSEN_DATASOURCE)
    .enable(true)
    .hide(false)
    .iconColor(colour)
    .expr(expression)
    .titleFormat(title)
    .step('10s');
