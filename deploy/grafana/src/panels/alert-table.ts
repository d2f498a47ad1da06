import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { type PanelOptions, type SizedPanel, sized } from './panel.ts';
import { tableQuery } from './query.ts';

/** Labels of alerts that are not shown, or are shown by another column. */
const HIDDEN = ['__name__', 'alertstate', 'cluster', 'Value', 'job', 'instance'];

/** The alerts that Prometheus holds, one a row, those that began last above the others. */
export const alertTable = (options: Omit<PanelOptions, 'unit' | 'thresholds'>): SizedPanel => {
  const builder = new PanelBuilder()
    .targets(options.queries.map(tableQuery))
    .noValue('No alert is firing')
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(HIDDEN.map((name) => [name, true])),
        indexByName: { Time: 0, severity: 1, alertname: 2, region: 3 },
        renameByName: { alertname: 'alert', Time: 'as of' },
      },
    });
  return sized(builder, { ...options, unit: 'none' });
};
