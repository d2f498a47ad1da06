import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** A question to Prometheus. */
export interface Query {
  expression: string;
  /** With `{{label}}` where a label's value belongs. */
  legend: string;
}

/** A query and the name of what comes of it. */
export const query = (expression: string, legend: string): Query => ({ expression, legend });

/** One value, of now: for tables and for figures over the whole range. */
export const instantQuery = ({ expression, legend }: Query, index: number): Builder<Dataquery> =>
  base(expression, index).legendFormat(legend).instant();

/** A line in time. */
export const rangeQuery = ({ expression, legend }: Query, index: number): Builder<Dataquery> =>
  base(expression, index).legendFormat(legend).range();

/** The rows of a table, of now. */
export const tableQuery = ({ expression }: Query, index: number): Builder<Dataquery> =>
  base(expression, index).format(PromQueryFormat.Table).instant();

/** Buckets in time. */
export const heatMapQuery = ({ expression }: Query, index: number): Builder<Dataquery> =>
  base(expression, index).format(PromQueryFormat.Heatmap).legendFormat('{{le}}').range();

const base = (expression: string, index: number): DataqueryBuilder =>
  new DataqueryBuilder().expr(expression).refId(String.fromCharCode('A'.charCodeAt(0) + index));
