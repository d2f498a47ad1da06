import { spawnSync } from 'node:child_process';
import { Gauge } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { HOPS } from './hops.ts';
import { createMetrics } from './metrics.ts';

describe('createMetrics', () => {
  it('exports plain fields as counters at the moment of the scrape', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const dropped = { late: 0, full: 4 };
    metrics.counter({
      name: 'partyline_frames_lost_total',
      help: 'Frames lost, by reason.',
      labelNames: ['hop', 'reason'],
      collect: () =>
        Object.entries(dropped).map(([reason, value]) => ({ labels: { hop: 'edge', reason }, value })),
    });
    await metrics.render();
    dropped.late = 2;
    const { body } = await metrics.render();
    expect(body).toContain('# TYPE partyline_frames_lost_total counter');
    expect(body).toContain('partyline_frames_lost_total{hop="edge",reason="late"} 2');
    expect(body).toContain('partyline_frames_lost_total{hop="edge",reason="full"} 4');
  });

  it('exports hop latencies as a cumulative histogram', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const edge = metrics.hopLatency({ hop: 'edge', side: 'ingress' });
    expect(metrics.hopLatency({ hop: 'edge', side: 'ingress' })).toBe(edge);
    edge.observe(0.021);
    edge.observe(0.03);
    edge.observe(9);
    metrics.hopLatency({ hop: 'mouth_to_ear', source: 'client' });
    const { body } = await metrics.render();
    const name = 'partyline_hop_latency_seconds';
    expect(body).toContain(`# TYPE ${name} histogram`);
    expect(body).toContain(`${name}_bucket{le="0.02",hop="edge",side="ingress",source="edge"} 0`);
    expect(body).toContain(`${name}_bucket{le="0.022",hop="edge",side="ingress",source="edge"} 1`);
    expect(body).toContain(`${name}_bucket{le="2",hop="edge",side="ingress",source="edge"} 2`);
    expect(body).toContain(`${name}_bucket{le="+Inf",hop="edge",side="ingress",source="edge"} 3`);
    expect(body).toContain(`${name}_count{hop="edge",side="ingress",source="edge"} 3`);
    expect(body).toContain(`${name}_sum{hop="edge",side="ingress",source="edge"} 9.051`);
    expect(body).toContain(`${name}_count{hop="mouth_to_ear",source="client"} 0`);
  });

  it('exports other histograms by the labels that they have', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const joins = metrics.histogram({
      name: 'partyline_join_duration_seconds',
      help: 'Time of a part of joining, in seconds.',
      labelNames: ['stage', 'source'],
      boundsSeconds: [0.1, 1],
    });
    joins.series({ stage: 'welcome' }).observe(0.2, 3);
    expect(joins.series({ stage: 'welcome', source: '' })).toBe(joins.series({ stage: 'welcome' }));
    const { body } = await metrics.render();
    expect(body).toContain('partyline_join_duration_seconds_bucket{le="0.1",stage="welcome"} 0');
    expect(body).toContain('partyline_join_duration_seconds_bucket{le="1",stage="welcome"} 3');
    expect(body).toContain('partyline_join_duration_seconds_count{stage="welcome"} 3');
  });

  it('says nothing of hops where there are none', async () => {
    const { body } = await createMetrics({ processMetrics: false }).render();
    expect(body).not.toContain('partyline_hop_latency_seconds');
  });

  it('gives single metrics and the hops to who reads them without Prometheus', async () => {
    const metrics = createMetrics({ processMetrics: false });
    let collected = 0;
    const collect = (value: number) => () => {
      collected += 1;
      return [{ labels: { hop: 'edge' }, value }];
    };
    for (const [name, value] of [
      ['partyline_frames_total', 7],
      ['partyline_other_total', 8],
    ] as const) {
      metrics.counter({ name, help: 'Frames.', labelNames: ['hop'], collect: collect(value) });
    }
    expect(await metrics.samples('partyline_frames_total')).toEqual([{ labels: { hop: 'edge' }, value: 7 }]);
    expect(collected).toBe(1);
    expect(await metrics.samples('partyline_missing')).toEqual([]);
    expect([...metrics.hopSeries()]).toEqual([]);
    const histogram = metrics.hopLatency({ hop: 'bus', fromRegion: 'eu', toRegion: 'us' });
    expect([...metrics.hopSeries()]).toEqual([
      { labels: { hop: 'bus', source: 'edge', from_region: 'eu', to_region: 'us' }, histogram },
    ]);
  });

  it('keeps the registries of two services in one process apart', async () => {
    const one = createMetrics({ processMetrics: false });
    const two = createMetrics({ processMetrics: false });
    new Gauge({ name: 'partyline_edge_load', help: 'Load.', registers: [one.registry] });
    expect((await two.render()).body).not.toContain('partyline_edge_load');
  });

  it('passes promtool check metrics', async () => {
    const metrics = createMetrics();
    for (const hop of HOPS) metrics.hopLatency({ hop }).observe(0.05);
    metrics.hopLatency({ hop: 'edge', side: 'egress' }).observe(0.001);
    metrics.counter({
      name: 'partyline_frames_total',
      help: 'Frames that passed a hop.',
      labelNames: ['hop', 'direction'],
      collect: () => [{ labels: { hop: 'edge', direction: 'in' }, value: 1 }],
    });
    const { body } = await metrics.render();
    expect(body).toContain('nodejs_eventloop_lag_seconds');
    expect(body).toMatch(/^partyline_build_info\{version="\d+\.\d+\.\d+",node="v\d+[.\d]+"\} 1$/m);
    const check = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect(check.error, 'promtool is needed; npm test installs it').toBeUndefined();
    expect(`${check.stdout}${check.stderr}`).toBe('');
    expect(check.status).toBe(0);
  });
});
