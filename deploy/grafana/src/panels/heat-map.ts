import { AxisPlacement, TooltipDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import {
  CellValuesBuilder,
  FilterValueRangeBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  PanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { type PanelOptions, type SizedPanel, sized } from './panel.ts';
import { heatMapQuery } from './query.ts';

export interface HeatMapOptions extends Omit<PanelOptions, 'queries' | 'unit' | 'thresholds'> {
  /** The rate of the buckets of a histogram of seconds, by `le`. */
  buckets: string;
  /** Of the fullest bucket; others are as much fainter as they are emptier. */
  colour: string;
}

/** How many observations fell into each bucket of a histogram of seconds, in time. */
export const heatMap = (options: HeatMapOptions): SizedPanel => {
  const builder = new PanelBuilder()
    .targets([heatMapQuery({ expression: options.buckets, legend: '{{le}}' }, 0)])
    .calculate(false)
    .cellGap(0)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Opacity)
        .fill(options.colour)
        // Below 1, so that the few late frames show beside the many in time.
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.4),
    )
    .filterValues(new FilterValueRangeBuilder().le(1e-9))
    .cellValues(new CellValuesBuilder().unit('short'))
    .yAxis(new YAxisConfigBuilder().unit('s').axisPlacement(AxisPlacement.Left))
    .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .hideLegend();
  return sized(builder, { ...options, unit: 's' });
};
