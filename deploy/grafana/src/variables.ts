import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { RUNBOOK_VARIABLE } from './advice.ts';
import { CHOSEN_DATASOURCE } from './panels/panel.ts';
import { sum } from './series.ts';

type Variable = Builder<VariableModel>;

/** Every process has this series, from its start on … */
const OF_ALL = 'partyline_build_info';

/** … every edge this one … */
const OF_EDGES = 'partyline_edge_connections';

/** … and every directory this one. */
const OF_DIRECTORIES = 'partyline_directory_bus_up';

/** The variables that every dashboard begins with. */
export const commonVariables = (): Variable[] => [
  new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
  chosen('cluster', 'Cluster', `label_values(${OF_ALL}, cluster)`),
  several('region', 'Region', `label_values(${OF_ALL}{cluster="$cluster"}, region)`),
];

/** Edges to choose from. */
export const edgeVariable = (): Variable =>
  several('edge', 'Edge', `label_values(${OF_EDGES}{cluster="$cluster",region=~"$region"}, edge)`);

/** Directories to choose from. */
export const directoryVariable = (): Variable =>
  several(
    'directory',
    'Directory',
    `label_values(${OF_DIRECTORIES}{cluster="$cluster",region=~"$region"}, directory)`,
  );

/** What `$pair` stands for in a query before one is chosen: any pair. */
export const ANY_PAIR = 'from_region=~".+",to_region=~".+"';

/**
 * Pairs of regions between which frames go. Its value is the two matchers that choose a pair's series, as one
 * variable has to hold both for a row to be repeated by it; people see `from → to`.
 */
export const pairVariable = (): Variable => {
  const pairs = sum(
    'partyline_hop_latency_seconds_count{hop="bus",cluster="$cluster",region=~"$region"}',
    'from_region',
    'to_region',
  );
  return several(
    'pair',
    'Regions',
    `query_result(label_join(${pairs}, "way", " → ", "from_region", "to_region"))`,
  )
    .regex('/\\{(?<value>from_region="[^"]*", ?to_region="[^"]*"), ?way="(?<text>[^"]*)"\\}/')
    .allValue(ANY_PAIR);
};

/** Where the links of descriptions lead to. */
export const runbookVariable = (url: string): Variable =>
  new TextBoxVariableBuilder(RUNBOOK_VARIABLE).defaultValue(url).hide(VariableHide.HideVariable);

const chosen = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(CHOSEN_DATASOURCE)
    .query({ query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);

const several = (name: string, label: string, query: string): QueryVariableBuilder =>
  chosen(name, label, query)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
