import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('joinDuration', () => {
  it('has a series for each stage from the start, and takes what is below zero for zero', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const welcome = metrics.joinDuration({ stage: 'welcome', source: 'edge' });
    metrics.joinDuration({ stage: 'first_frame', source: 'client' });
    for (const seconds of [0.02, -1, Number.NaN]) welcome.observe(seconds);
    const { body } = await metrics.render();
    const series = 'partyline_join_duration_seconds';
    expect(body).toContain(`${series}_count{stage="welcome",source="edge"} 2`);
    expect(body).toContain(`${series}_sum{stage="welcome",source="edge"} 0.02`);
    expect(body).toContain(`${series}_bucket{le="0.005",stage="welcome",source="edge"} 1`);
    expect(body).toContain(`${series}_count{stage="first_frame",source="client"} 0`);
  });

  it('serves an edge and a directory that share a registry', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.joinDuration({ stage: 'directory', source: 'directory' }).observe(1);
    metrics.joinDuration({ stage: 'ready', source: 'edge' }).observe(1);
    const { body } = await metrics.render();
    expect(body.match(/partyline_join_duration_seconds_count{.*} 1/g)).toHaveLength(2);
  });
});
