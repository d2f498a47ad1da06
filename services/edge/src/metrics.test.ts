import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, until } from './edge-fixture.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

/** Values by series as Prometheus reads them. */
const scrape = async (): Promise<Map<string, number>> => {
  const { body } = await fixture.metrics.render();
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};

describe('metrics', () => {
  it('count every frame on each hop, and measure the hops', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob', grants: { publish: false } });
    for (let i = 0; i < 16; i++) ada.speak();
    await until(() => bob.frames().length === 16, 'all frames');
    bob.send({
      type: 'report',
      downlinkMs: 10,
      streams: [{ streamId: 1, received: 16, lost: 2, late: 1, jitterMs: 1, mouthToEarMs: 80 }],
    });
    await until(() => fixture.edge.counters.reports === 1, 'the report');
    await until(() => fixture.edge.counters.acknowledgedFrames === 32, 'all acknowledgements');
    const series = await scrape();
    const frames = (labels: string) => series.get(`partyline_frames_total{${labels}}`);
    expect(frames('hop="uplink",direction="in",source="edge"')).toBe(16);
    expect(frames('hop="edge",direction="out",source="edge"')).toBe(16);
    expect(frames('hop="downlink",direction="out",source="edge"')).toBe(32);
    expect(frames('hop="playout",direction="in",source="client"')).toBe(16);
    expect(series.get('partyline_frames_lost_total{hop="playout",reason="gap",source="client"}')).toBe(2);
    expect(series.get('partyline_hop_latency_seconds_count{hop="uplink",source="edge"}')).toBe(2);
    expect(series.get('partyline_hop_latency_seconds_count{hop="edge",side="ingress",source="edge"}')).toBe(
      2,
    );
    expect(series.get('partyline_hop_latency_seconds_sum{hop="downlink",source="client"}')).toBeCloseTo(0.01);
    expect(series.get('partyline_edge_connections')).toBe(2);
    expect(series.get('partyline_edge_participants')).toBe(2);
    expect(
      [...series.keys()].some((name) => name.startsWith('partyline_edge_websocket_engine_info{package="')),
    ).toBe(true);
  });

  it('balance: what was offered is acknowledged or lost for one reason once everybody has gone', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    const deaf = await fixture.join({ identity: 'deaf', grants: { publish: false } });
    deaf.acknowledges = false;
    const voices = setInterval(() => {
      ada.speak();
      bob.speak();
    }, 20);
    await deaf.next('paused');
    clearInterval(voices);
    for (const client of [deaf, bob, ada]) {
      client.send({ type: 'leave' });
      await client.closed;
    }
    const { offeredFrames, acknowledgedFrames, pausedFrames, closedFrames, backpressureFrames } =
      fixture.edge.counters;
    expect(acknowledgedFrames + pausedFrames + closedFrames + backpressureFrames).toBe(offeredFrames);
    expect(closedFrames).toBeGreaterThan(20);
  });
});
