import { spawnSync } from 'node:child_process';
import { createMetrics } from '@partyline/telemetry';
import { describe, expect, it } from 'vitest';
import {
  type CatalogueMetric,
  catalogueOf,
  programMetrics,
  readCatalogue,
} from './metrics-docs/catalogue.ts';
import { labelsOf, metricsPage, unitOf } from './metrics-docs/page.ts';

const metric = (name: string, more: Partial<CatalogueMetric> = {}): CatalogueMetric => ({
  name,
  type: 'counter',
  help: 'Something.',
  labels: [],
  series: [],
  programs: ['edge'],
  ...more,
});

const program = (name: string, labelNames: string[] = [], help = 'Help.') => {
  const metrics = createMetrics({ processMetrics: false });
  metrics.counter({ name, help, labelNames, collect: () => [] });
  return metrics;
};

describe('readCatalogue', () => {
  it('finds what all programs register, Redis included, without connecting to anything', async () => {
    const catalogue = await readCatalogue();
    const find = (name: string) => catalogue.find((one) => one.name === name);
    expect(find('partyline_hop_latency_seconds')).toMatchObject({ type: 'histogram', programs: ['edge'] });
    expect(find('partyline_frames_lost_total')?.series).toContainEqual(['uplink', 'gap', 'edge', '', '']);
    expect(find('partyline_directory_redis_up')).toMatchObject({
      labels: ['redis'],
      programs: ['directory'],
    });
    expect(find('partyline_directory_webhooks_pending')).toBeDefined();
    expect(find('partyline_build_info')?.programs).toEqual(['edge', 'directory', 'recorder']);
    expect(catalogue.some(({ name }) => name.startsWith('process_'))).toBe(false);
  });

  it('keeps the conventions: counters end in _total and nothing else does, helps are sentences, units are base units', async () => {
    for (const { name, type, help } of await readCatalogue()) {
      expect([name, type === 'counter']).toEqual([name, name.endsWith('_total')]);
      expect([name, help]).toEqual([name, expect.stringMatching(/^[A-Z0-9].*\.$/)]);
      expect(name).toMatch(/^partyline_[a-z][a-z_]*[a-z]$/);
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|kilobytes|percent|count|sum|bucket)(_total)?$/);
    }
  });

  it.each(['edge', 'directory'] as const)(
    'the page of the %s passes promtool check metrics',
    async (name) => {
      const { body } = await programMetrics()[name].render();
      const check = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
      expect(check.error, 'promtool is needed; npm test installs it').toBeUndefined();
      expect([`${check.stdout}${check.stderr}`, check.status]).toEqual(['', 0]);
    },
  );

  it.each(['region', 'edge', 'instance', 'room', 'identity'])('refuses a label called %s', async (label) => {
    await expect(catalogueOf({ edge: program('partyline_drains_total', [label]) })).rejects.toThrow(
      `partyline_drains_total has a label "${label}"`,
    );
  });

  it('refuses one name with two meanings', async () => {
    const programs = {
      edge: program('partyline_drains_total'),
      directory: program('partyline_drains_total', [], 'Other help.'),
    };
    await expect(catalogueOf(programs)).rejects.toThrow(
      'partyline_drains_total is not the same in edge and in',
    );
  });

  it('says of a metric which programs export it', async () => {
    const programs = {
      edge: program('partyline_drains_total'),
      directory: program('partyline_drains_total'),
    };
    expect(await catalogueOf(programs)).toMatchObject([{ programs: ['edge', 'directory'] }]);
  });
});

describe('metricsPage', () => {
  it('lists a metric under its subject', () => {
    const page = metricsPage([metric('partyline_bus_bytes_total', { help: 'In | out.' })]);
    expect(page).toContain('## The bus\n');
    expect(page).toContain('| `partyline_bus_bytes_total` | counter | bytes |  | edge | In \\| out. |');
    expect(page).not.toContain('## Webhooks');
  });

  it('refuses a metric without a subject', () => {
    expect(() => metricsPage([metric('partyline_novelty_total')])).toThrow(
      'partyline_novelty_total belongs to no section',
    );
  });

  it.each([
    ['partyline_x_seconds', 'gauge', '', 'seconds'],
    ['partyline_x_bytes_total', 'counter', '', 'bytes'],
    ['partyline_x_frames_per_second', 'gauge', '', 'per second'],
    ['partyline_x_up', 'gauge', 'Whether it stands: 1 or 0.', '0 or 1'],
    ['partyline_x_load', 'gauge', 'How full, 0 to 1.', '0 to 1'],
    ['partyline_x_total', 'counter', '', 'count'],
    ['partyline_x', 'gauge', '', 'number'],
  ] as const)('the unit of %s, a %s with help %j, is %s', (name, type, help, unit) => {
    expect(unitOf({ name, type, help })).toBe(unit);
  });

  it('lists the values of labels, by the first one where they depend on it, and says which are open', () => {
    const product = [
      ['a', 'c'],
      ['a', 'd'],
      ['b', 'c'],
      ['b', 'd'],
    ];
    expect(labelsOf({ labels: ['x', 'y'], series: product })).toBe('`x`: `a`, `b`<br>`y`: `c`, `d`');
    const hops = [
      ['bus', 'lost', 'eu'],
      ['uplink', 'gap', ''],
      ['uplink', 'late', ''],
    ];
    expect(labelsOf({ labels: ['hop', 'reason', 'to_region'], series: hops })).toBe(
      '`hop` `uplink`: `reason` `gap`, `late`<br>`hop` `bus`: `reason` `lost`<br>`to_region`: a region',
    );
    expect(labelsOf({ labels: ['route'], series: [] })).toBe('`route`: a route of the API');
  });
});
