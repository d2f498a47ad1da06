import type { NamedLine } from './line-chart.ts';
import { type PanelJson, thresholdColour } from './panel-json.ts';
import type { Line } from './prometheus-reader.ts';
import { valueText } from './values.ts';

/** Figures beside each other, coloured by what they mean. */
export const figures = (panel: PanelJson, lines: readonly NamedLine[]): string => {
  const { unit, decimals, noValue = 'no data' } = panel.fieldConfig?.defaults ?? {};
  if (lines.length === 0) return `<div class="figures"><b>${noValue}</b></div>`;
  const shown = lines.map(({ name, points }) => {
    const value = points.at(-1)?.[1];
    const figure = value === undefined ? noValue : valueText(value, unit, decimals);
    const colour = value === undefined ? '#888888' : thresholdColour(panel, value);
    const caption = lines.length > 1 ? `<small>${name}</small>` : '';
    return `<div>${caption}<b style="color:${colour}">${figure}</b></div>`;
  });
  return `<div class="figures">${shown.join('')}</div>`;
};

/** Labels that say nothing to people. */
const HIDDEN = ['__name__', 'alertstate', 'cluster'];

/** Series of now, one a row, with their labels. */
export const table = (panel: PanelJson, lines: readonly Line[]): string => {
  if (lines.length === 0) {
    return `<div class="figures"><b>${panel.fieldConfig?.defaults.noValue ?? 'nothing'}</b></div>`;
  }
  const names = [...new Set(lines.flatMap(({ labels }) => Object.keys(labels)))].filter(
    (name) => !HIDDEN.includes(name),
  );
  const head = names.map((name) => `<th>${name}</th>`).join('');
  const rows = lines.map(
    ({ labels }) => `<tr>${names.map((name) => `<td>${labels[name] ?? ''}</td>`).join('')}</tr>`,
  );
  return `<table><tr>${head}</tr>${rows.join('')}</table>`;
};
