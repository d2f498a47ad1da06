import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type SpecialValueMap,
  SpecialValueMatch,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { VERDICT_COLOURS } from '../hop-colours.ts';
import { type PanelOptions, type SizedPanel, sized, thresholds } from './panel.ts';
import { instantQuery, rangeQuery } from './query.ts';

export interface StatOptions extends PanelOptions {
  /** Below the first bound; good unless given. */
  below?: string;
  /** What is written when there is no value. */
  noValue?: string;
  decimals?: number;
  /** The figure is of the whole range that is shown, so there is no line behind it. */
  ofRange?: boolean;
}

/** Figures, coloured by what they mean, with a line of what they were before. */
export const stat = (options: StatOptions): SizedPanel => {
  const { queries, below = VERDICT_COLOURS.good, noValue, decimals, ofRange = false } = options;
  const builder = new PanelBuilder()
    .targets(queries.map(ofRange ? instantQuery : rangeQuery))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(below, options.thresholds ?? []))
    .colorMode(BigValueColorMode.Value)
    .graphMode(ofRange ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .textMode(queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Auto)
    .orientation(VizOrientation.Auto)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  if (noValue !== undefined) {
    // What is divided by nothing is no number, which is not the same as no value.
    const match = SpecialValueMatch.NullAndNan;
    const nothing: SpecialValueMap = {
      type: MappingType.SpecialValue,
      options: { match, result: { text: noValue } },
    };
    builder.noValue(noValue).mappings([nothing]);
  }
  if (decimals !== undefined) builder.decimals(decimals);
  return sized(builder, options);
};
