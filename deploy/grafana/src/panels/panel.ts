import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type Advice, description } from '../advice.ts';
import type { Query } from './query.ts';

/** Units by Grafana's names: seconds, shares of 1, counts, bytes, bytes a second, and bare numbers. */
export type Unit = 's' | 'percentunit' | 'short' | 'bytes' | 'Bps' | 'none';

/** What every kind of panel is given. */
export interface PanelOptions {
  title: string;
  advice: Advice;
  unit: Unit;
  queries: readonly Query[];
  /** In columns, of which a row has 24. */
  width: number;
  /** Of this panel; the row's, unless given. */
  height?: number;
  /** From these values on, the colour; below the first it is good. */
  thresholds?: readonly Bound[];
}

/** From a value on, a colour. */
export interface Bound {
  from: number;
  colour: string;
}

/** A panel and the columns that it takes. */
export interface SizedPanel {
  panel: Panel;
  width: number;
  height: number | undefined;
}

/** The data source that is chosen above the dashboard. */
export const CHOSEN_DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

interface Describable {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(datasource: DataSourceRef): this;
  build(): Panel;
}

/** Puts what all kinds have in common on one. */
export const sized = (
  builder: Describable,
  {
    title,
    advice,
    unit,
    width,
    height,
  }: Pick<PanelOptions, 'title' | 'advice' | 'unit' | 'width' | 'height'>,
): SizedPanel => ({
  panel: builder
    .title(title)
    .description(description(advice))
    .unit(unit)
    .datasource(CHOSEN_DATASOURCE)
    .build(),
  width,
  height,
});

/** Colours by value, beginning with one for what is below every bound. */
export const thresholds = (below: string, bounds: readonly Bound[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: below },
      ...bounds.map(({ from, colour }) => ({ value: from, color: colour })),
    ]);
