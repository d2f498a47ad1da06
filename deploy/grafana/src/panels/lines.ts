import type { Advice } from '../advice.ts';
import type { SizedPanel, Unit } from './panel.ts';
import { type Query, query } from './query.ts';
import { type TimeSeriesOptions, timeSeries } from './time-series.ts';

type Rest = Partial<Omit<TimeSeriesOptions, 'title' | 'queries' | 'advice' | 'unit'>>;

/** Queries by the names of their lines, in order. */
type NamedQueries = Readonly<Record<string, string>>;

/**
 * Lines in time, in few words, for rows of many small panels; eight columns wide unless told otherwise.
 * @param expressions the expression of each line, by its legend
 */
export const lines = (
  title: string,
  unit: Unit,
  expressions: NamedQueries,
  advice: Advice,
  rest: Rest = {},
): SizedPanel =>
  timeSeries({ title, unit, advice, queries: Object.entries(expressions).map(named), width: 8, ...rest });

const named = ([legend, expression]: [string, string]): Query => query(expression, legend);
