import { describe, expect, it } from 'vitest';
import { filled, queriesOf } from './queries.ts';

describe('filled', () => {
  it('puts values in the place of variables, in braces or without', () => {
    expect(filled('rate(a{edge=~"$edge",${pair:raw}}[$__rate_interval])', { edge: 'edge-1' })).toBe(
      'rate(a{edge=~"edge-1",from_region=~".+",to_region=~".+"}[1m])',
    );
  });

  it('leaves what it does not know', () => {
    expect(filled('$other and $__range', { range: '30m' })).toBe('$other and 30m');
  });
});

describe('queriesOf', () => {
  it('finds queries of panels and of panels in closed rows', () => {
    const target = (refId: string) => ({ refId, expr: `up{cluster="$cluster"}`, legendFormat: refId });
    const json = JSON.stringify({
      panels: [
        { id: 1, title: 'Open', targets: [{ ...target('A'), instant: true }] },
        { id: 2, title: 'Row', panels: [{ id: 3, title: 'Closed', targets: [target('A'), target('B')] }] },
      ],
    });
    const found = queriesOf(json, { cluster: 'c' });
    expect(found.map(({ panelId, refId, instant }) => [panelId, refId, instant])).toEqual([
      [1, 'A', true],
      [3, 'A', false],
      [3, 'B', false],
    ]);
    expect(found[0]!.expression).toBe('up{cluster="c"}');
  });
});
