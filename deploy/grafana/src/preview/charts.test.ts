import { describe, expect, it } from 'vitest';
import { heatChart } from './heat-chart.ts';
import { lineChart } from './line-chart.ts';
import type { PanelJson } from './panel-json.ts';
import { nameOf, valueText } from './values.ts';

const WINDOW = { fromSeconds: 0, toSeconds: 100, stepSeconds: 10 };
const SIZE: [number, number] = [400, 200];

const panel = (defaults: object = {}, overrides: object[] = []): PanelJson =>
  ({
    id: 1,
    type: 'timeseries',
    title: 'Test',
    gridPos: { x: 0, y: 0, w: 12, h: 8 },
    fieldConfig: { defaults: { unit: 's', min: 0, ...defaults }, overrides },
  }) as PanelJson;

describe('lineChart', () => {
  it('draws a line for each series, in the colour that the panel gives its name', () => {
    const override = {
      matcher: { options: 'p99' },
      properties: [{ id: 'color', value: { fixedColor: '#123456' } }],
    };
    const drawn = lineChart(
      panel({}, [override]),
      [
        {
          name: 'p50',
          points: [
            [0, 0.01],
            [100, 0.02],
          ],
        },
        {
          name: 'p99',
          points: [
            [0, 0.03],
            [100, 0.04],
          ],
        },
      ],
      WINDOW,
      SIZE,
    );
    expect(drawn.match(/<polyline/g)).toHaveLength(2);
    expect(drawn).toContain('<polyline stroke="#123456"');
    expect(drawn).toContain('p99 <b>40 ms</b>');
  });

  it('stands areas on one another when the panel does', () => {
    const stacked = panel({ custom: { stacking: { mode: 'normal' } } });
    const lines = [
      { name: 'a', points: [[50, 1] as const] },
      { name: 'b', points: [[50, 2] as const] },
    ];
    const heights = [
      ...lineChart(stacked, lines, WINDOW, SIZE).matchAll(/<polyline[^>]*points="[\d.]+,([\d.]+)"/g),
    ];
    const [first, second] = heights.map(([, y]) => Number(y)) as [number, number];
    // The top of the axis is 3, and 3 is where the second one ends: at the top of the picture.
    expect(second).toBeCloseTo(9, 0);
    expect(first).toBeGreaterThan(second);
  });

  it('draws axes alone when there is nothing', () => {
    expect(lineChart(panel(), [], WINDOW, SIZE)).not.toContain('<polyline');
  });
});

describe('heatChart', () => {
  it('fills the cells of the buckets that something fell into, and leaves out empty ones at both ends', () => {
    const bucket = (le: string, upTo: number) => ({ labels: { le }, points: [[50, upTo] as const] });
    const lines = [bucket('+Inf', 10), bucket('0.1', 10), bucket('0.01', 4), bucket('0.001', 0)];
    const drawn = heatChart(lines, '#FF780A', WINDOW, SIZE);
    expect(drawn.match(/<rect/g)).toHaveLength(2);
    expect(drawn).toContain('fill-opacity="1.00"');
    expect(drawn).not.toContain('>1 ms<');
    expect(drawn).toContain('>10 ms<');
  });
});

describe('values and names', () => {
  it.each([
    [0.0123, 's', '12.3 ms'],
    [0.5, 'percentunit', '50 %'],
    [1_536, 'bytes', '1.5 KiB'],
    [2_000_000, 'short', '2 M'],
    [0, 's', '0 s'],
  ] as const)('%d in %s is %s', (value, unit, expected) => {
    expect(valueText(value, unit)).toBe(expected);
  });

  it('puts labels into names', () => {
    const line = { labels: { edge: 'edge-1', reason: 'late' }, points: [] };
    expect(nameOf('{{edge}}, {{reason}}', line)).toBe('edge-1, late');
  });
});
