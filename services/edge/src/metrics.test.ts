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
      rttMs: 3,
      uplinkDropped: 2,
      joinMs: 70,
      streams: [
        {
          streamId: 1,
          received: 100,
          lost: 2,
          late: 0,
          jitterMs: 1,
          mouthToEarMs: 80,
          playoutMs: 60,
          heardMs: 2_000,
          concealedMs: 40,
        },
      ],
    });
    await until(() => fixture.edge.counters.reported.reports === 1, 'the report');
    await until(() => fixture.edge.counters.acknowledgedFrames === 32, 'all acknowledgements');
    const series = await scrape();
    const frames = (labels: string) => series.get(`partyline_frames_total{${labels}}`);
    expect(frames('hop="uplink",direction="in",source="edge"')).toBe(16);
    expect(frames('hop="edge",direction="in",source="edge"')).toBe(16);
    expect(frames('hop="edge",direction="out",source="edge"')).toBe(16);
    expect(frames('hop="downlink",direction="out",source="edge"')).toBe(32);
    expect(frames('hop="playout",direction="in",source="client"')).toBe(100);
    const lost = (labels: string) => series.get(`partyline_frames_lost_total{${labels}}`);
    expect(lost('hop="edge",reason="unaccounted",source="edge"')).toBe(0);
    expect(lost('hop="capture",reason="deadline",source="client"')).toBe(2);
    expect(lost('hop="downlink",reason="gap",source="client"')).toBe(0);
    expect(lost('hop="playout",reason="late",source="client"')).toBe(0);
    // What listeners miss was lost on some other hop, and is counted there.
    expect(lost('hop="playout",reason="gap",source="client"')).toBeUndefined();
    expect(series.get('partyline_listener_missing_frames_total{source="client"}')).toBe(2);
    expect(series.get('partyline_listener_concealed_seconds_total{source="client"}')).toBeCloseTo(0.04);
    expect(series.get('partyline_voice_seconds_total{verdict="good",source="client"}')).toBe(2);
    const measured = (labels: string) => series.get(`partyline_hop_latency_seconds_count{${labels}}`);
    for (const hop of ['hop="capture",source="client"', 'hop="uplink",source="edge"']) {
      expect(measured(hop)).toBe(16);
    }
    expect(measured('hop="edge",side="ingress",source="edge"')).toBe(16);
    expect(measured('hop="edge",side="egress",source="edge"')).toBe(0);
    const total = (name: string) => series.get(`partyline_${name}`);
    expect(total('hop_latency_seconds_sum{hop="downlink",source="client"}')).toBeCloseTo(0.01);
    expect(total('hop_latency_seconds_sum{hop="playout",source="client"}')).toBeCloseTo(0.06);
    expect(total('hop_latency_seconds_sum{hop="mouth_to_ear",source="client"}')).toBeCloseTo(0.08);
    expect(total('listener_jitter_seconds_sum{source="client"}')).toBeCloseTo(0.001);
    expect(total('listener_round_trip_seconds_sum{source="client"}')).toBeCloseTo(0.003);
    expect(total('join_duration_seconds_sum{stage="first_frame",source="client"}')).toBeCloseTo(0.07);
    expect(series.get('partyline_edge_connections')).toBe(2);
    expect(series.get('partyline_edge_participants{kind="publisher"}')).toBe(1);
    expect(
      [...series.keys()].some((name) => name.startsWith('partyline_edge_websocket_engine_info{package="')),
    ).toBe(true);
  });

  it('count a message that a client misses as lost on the downlink, and not as delivered (rule 45)', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob', grants: { publish: false } });
    bob.acknowledges = false;
    for (let i = 0; i < 10; i++) ada.speak();
    await until(() => bob.frames().length === 10, 'all frames');
    const { topic, sequence } = bob.media.at(-1)!.header;
    const third = bob.media[2]!.header.sequence;
    bob.send({ type: 'ack', topic, sequence, gaps: [[third, third + 1]] });
    await until(() => fixture.edge.counters.acknowledgedFrames === 10 + 8, 'the acknowledgements');
    const series = await scrape();
    expect(series.get('partyline_frames_lost_total{hop="downlink",reason="gap",source="client"}')).toBe(2);
    expect(fixture.edge.counters.offeredFrames).toBe(20);
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
