import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelOptions, type SizedPanel, sized, thresholds } from './panel.ts';
import { rangeQuery } from './query.ts';

export interface TimeSeriesOptions extends PanelOptions {
  /** One on top of the other; `share` makes them fill the height. */
  stacked?: 'amount' | 'share';
  /** The name of a line that stands by itself beside stacked ones. */
  apart?: string;
  /** By legend; other lines get one by their name, so that the same name has the same colour everywhere. */
  colours?: Readonly<Record<string, string>>;
  /** Last and greatest value beside each name. */
  figures?: boolean;
  /** The axis reaches up to this at least. */
  softMax?: number;
  /** Values may be negative, such as slopes. */
  signed?: boolean;
}

/** A dashed line, on top of nothing and with nothing below it. */
const APART = [
  { id: 'custom.stacking', value: { mode: 'none', group: 'apart' } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 4] } },
];

/** Lines in time. */
export const timeSeries = (options: TimeSeriesOptions): SizedPanel => {
  const { queries, stacked, colours = {}, figures = false, softMax, signed = false } = options;
  const builder = new PanelBuilder()
    .targets(queries.map(rangeQuery))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .lineWidth(stacked === undefined ? 2 : 1)
    .fillOpacity(stacked === undefined ? 8 : 55)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .legend(legend(figures))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (!signed) builder.min(0);
  if (softMax !== undefined) builder.axisSoftMax(softMax);
  if (stacked !== undefined) {
    const mode = stacked === 'share' ? StackingMode.Percent : StackingMode.Normal;
    builder.stacking(new StackingConfigBuilder().mode(mode).group('A'));
  }
  if (options.thresholds !== undefined) {
    builder
      .thresholds(thresholds('transparent', options.thresholds))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  for (const [name, colour] of Object.entries(colours)) {
    builder.overrideByName(name, [
      { id: 'color', value: { mode: 'fixed', fixedColor: colour } },
      ...(name === options.apart ? APART : []),
    ]);
  }
  return sized(builder, options);
};

const legend = (figures: boolean): VizLegendOptionsBuilder =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .placement(LegendPlacement.Bottom)
    .displayMode(figures ? LegendDisplayMode.Table : LegendDisplayMode.List)
    .calcs(figures ? ['lastNotNull', 'max'] : []);
