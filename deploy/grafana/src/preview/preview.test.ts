import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { renderDashboards } from '../render.ts';
import { preview } from './preview.ts';
import { PrometheusReader } from './prometheus-reader.ts';

const UNTIL_SECONDS = 1_800_000_000;
const OPTIONS = { cluster: 'test', toSeconds: UNTIL_SECONDS, rangeSeconds: 600, scrapeSeconds: 10 };

let server: Server | undefined;

afterEach(() => {
  server?.close();
});

/** A server that answers as Prometheus does. */
const serve = async (answer: (path: string, query: string) => object): Promise<PrometheusReader> => {
  const started = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    response.end(JSON.stringify(answer(pathname, searchParams.get('query')!)));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new PrometheusReader(`http://127.0.0.1:${(started.address() as AddressInfo).port}/`);
};

const found = (result: object[]) => ({ status: 'success', data: { result } });

describe('preview', () => {
  it('asks every query of a dashboard with nothing of Grafana left in it, and draws every panel', async () => {
    const asked: string[] = [];
    const prometheus = await serve((path, query) => {
      asked.push(query);
      const points = [UNTIL_SECONDS - 20, UNTIL_SECONDS - 10, UNTIL_SECONDS].map((at) => [at, '0.25']);
      return found([
        {
          metric: { le: '0.5', edge: 'edge-1' },
          ...(path.endsWith('_range') ? { values: points } : { value: points[2] }),
        },
      ]);
    });
    for (const [name, json] of renderDashboards()) {
      const html = await preview(json, prometheus, OPTIONS);
      const titles = (JSON.parse(json) as { panels: { type: string; title: string }[] }).panels
        .filter(({ type }) => type !== 'row')
        .map(({ title }) => title);
      for (const title of titles) expect(html, name).toContain(`<h3>${title}</h3>`);
    }
    expect(asked.length).toBeGreaterThan(200);
    for (const query of asked) expect(query).not.toContain('$');
    expect(asked.some((query) => query.includes('cluster="test"') && query.includes('[40s]'))).toBe(true);
  });

  it('draws a lane of the bus for each pair of regions that there is', async () => {
    const prometheus = await serve((_, query) =>
      query.startsWith('sum by (from_region, to_region) (partyline_hop_latency_seconds_count')
        ? found([
            { metric: { from_region: 'eu', to_region: 'us' }, value: [UNTIL_SECONDS, '1'] },
            { metric: { from_region: 'eu', to_region: 'eu' }, value: [UNTIL_SECONDS, '1'] },
          ])
        : found([]),
    );
    const html = await preview(renderDashboards().get('hops.json')!, prometheus, OPTIONS);
    expect(html.match(/<h2>4 [^<]*/g)).toEqual([
      expect.stringContaining('eu → eu'),
      expect.stringContaining('eu → us'),
    ]);
  });

  it('says which query Prometheus does not take, and why', async () => {
    const prometheus = await serve(() => ({ status: 'error', error: 'unknown function' }));
    const drawn = preview(renderDashboards().get('overview.json')!, prometheus, OPTIONS);
    await expect(drawn).rejects.toThrow(/does not take sum\(.*unknown function/);
  });
});
