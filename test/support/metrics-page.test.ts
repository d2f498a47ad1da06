import { describe, expect, it } from 'vitest';
import { MetricsPage } from './metrics-page.ts';

const page = new MetricsPage(
  [
    '# HELP frames_total Frames.',
    '# TYPE frames_total counter',
    'frames_total{hop="uplink",direction="in"} 7',
    'frames_total{hop="edge",direction="in"} 5',
    'frames_total{hop="edge",direction="out",note="a \\"b\\", c"} 1e3',
    '# TYPE up gauge',
    'up 1',
    '',
  ].join('\n'),
);

describe('a metrics page', () => {
  it('adds up the series that have all the given labels', () => {
    expect(page.sum('frames_total')).toBe(1_012);
    expect(page.sum('frames_total', { hop: 'edge' })).toBe(1_005);
    expect(page.sum('frames_total', { hop: 'edge', direction: 'in' })).toBe(5);
    expect(page.sum('up')).toBe(1);
    expect(page.sum('down')).toBe(0);
  });

  it('demands what has to be there', () => {
    expect(page.required('frames_total', { hop: 'edge' })).toBe(1_005);
    expect(() => page.required('down')).toThrow('has no down');
    expect(() => page.required('frames_total', { hop: 'bus' })).toThrow('has no frames_total');
  });

  it('names its metrics and reads labels that hold quotes and commas', () => {
    expect([...page.names]).toEqual(['frames_total', 'up']);
    expect(page.select('frames_total', { direction: 'out' })[0]?.labels.note).toBe('a \\"b\\", c');
  });
});
