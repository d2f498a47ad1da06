import { describe, expect, it } from 'vitest';
import { LaneHistory } from './lane-history.ts';
import { readLane } from './lane-reading.ts';
import { type Lane, lanesOf } from './lanes.ts';
import { BOUNDS, frames, latency, totals } from './status-fixture.ts';

const acrossOcean = { fromRegion: 'eu', toRegion: 'us' };
const full = totals({
  latency: [
    latency('uplink', [10, 0, 0, 0]),
    latency('edge', [1, 0, 0, 0], { side: 'ingress' }),
    latency('edge', [0, 2, 0, 0], { side: 'egress' }),
    latency('bus', [0, 5, 0, 0], acrossOcean),
    latency('bus', [0, 7, 0, 0], { fromRegion: 'eu', toRegion: 'eu' }),
    latency('mouth_to_ear', [0, 0, 3, 0], { source: 'client' }),
  ],
  passed: [frames('uplink', 'in', 100), frames('bus', 'in', 60, acrossOcean)],
  lost: [
    frames('uplink', 'gap', 4),
    frames('uplink', 'muted', 9),
    frames('bus', 'dropped_full', 3, acrossOcean),
    frames('bus', 'lost', 2, { toRegion: 'us' }),
  ],
});
const lane = (key: string, of = full): Lane => lanesOf(of, 4).find((one) => one.key === key)!;

describe('lanesOf', () => {
  it('has the hops in the order of the way, the bus by pairs of regions', () => {
    expect(lanesOf(full, 4).map(({ key }) => key)).toEqual([
      'capture',
      'uplink',
      'edge ingress',
      'bus * us',
      'bus eu eu',
      'bus eu us',
      'edge egress',
      'downlink',
      'playout',
      'mouth_to_ear',
    ]);
  });

  it('tells ingress from egress, and one pair of regions from another', () => {
    expect(lane('edge ingress').counts).toEqual([1, 0, 0, 0]);
    expect(lane('edge egress').counts).toEqual([0, 2, 0, 0]);
    expect(lane('bus eu us')).toMatchObject({ counts: [0, 5, 0, 0], passed: 60, lost: { dropped_full: 3 } });
    expect(lane('bus eu eu')).toMatchObject({ passed: 0, lost: {} });
    expect(lane('bus * us').lost).toEqual({ lost: 2 });
  });

  it('has every hop but the bus before anything is known', () => {
    expect(lanesOf(totals(), 4)).toHaveLength(7);
  });

  it('gives the way over an ocean another budget than the one within a region', () => {
    expect(lane('bus eu us').budget.badSeconds).toBeGreaterThan(lane('bus eu eu').budget.badSeconds);
  });
});

const uplink = (count: number, lost = 0): Lane =>
  lane(
    'uplink',
    totals({
      latency: [latency('uplink', [count, count, 0, 0], { sumSeconds: count * 0.03 })],
      passed: [frames('uplink', 'in', count * 2)],
      lost: [frames('uplink', 'gap', lost), frames('uplink', 'muted', lost * 10)],
    }),
  );

describe('LaneHistory', () => {
  const watched = (): LaneHistory => {
    const history = new LaneHistory(300_000);
    for (let second = 0; second <= 60; second++) history.take(uplink(second * 10, second), second * 1_000);
    return history;
  };

  it('keeps by how much a lane grew, and puts the last seconds together', () => {
    expect(watched().since(30_000)).toMatchObject({
      durationMs: 30_000,
      counts: [300, 300, 0, 0],
      passed: 600,
      lost: { gap: 30, muted: 300 },
    });
    expect(watched().since(30_000).sumSeconds).toBeCloseTo(9);
  });

  it('forgets what is older than it reaches', () => {
    const history = new LaneHistory(10_000);
    for (let second = 0; second <= 60; second++) history.take(uplink(second), second * 1_000);
    expect(history.moments).toHaveLength(10);
  });

  it('begins anew after a pause, after a restart of what counts, and with an answer that came before', () => {
    const history = new LaneHistory(300_000);
    history.take(uplink(10), 1_000);
    history.take(uplink(10), 1_000);
    history.take(uplink(900), 60_000);
    expect(history.moments).toEqual([]);
    history.take(uplink(910), 61_000);
    history.take(uplink(3), 62_000);
    history.take(uplink(4), 63_000);
    expect(history.moments.map(({ counts }) => counts[0])).toEqual([10, 1]);
  });

  it('gives columns on a fixed grid of time, with what was lost in each', () => {
    const columns = watched().columns(60_000, 2_000, 40);
    expect(columns).toHaveLength(40);
    expect(columns.filter((column) => column !== undefined)).toHaveLength(30);
    expect(columns[38]).toEqual({ counts: [20, 20, 0, 0], passed: 40, lost: 2 });
    expect(columns[0]).toBeUndefined();
    const later = watched().columns(62_000, 2_000, 40);
    expect(later[37]).toEqual(columns[38]);
  });
});

describe('readLane', () => {
  it('tells percentiles, rate, and what was lost without what was left out on purpose', () => {
    const history = new LaneHistory(300_000);
    history.take(uplink(0), 0);
    history.take(uplink(100, 1), 2_000);
    const reading = readLane(uplink(100), history.since(0), BOUNDS);
    expect(reading).toMatchObject({
      observations: 200,
      framesPerSecond: 100,
      lost: [['gap', 1]],
      leftOut: [['muted', 10]],
      grade: 'watch',
      lossGrade: 'good',
    });
    expect(reading.meanSeconds).toBeCloseTo(0.015);
    expect(reading.p50Seconds).toBeCloseTo(0.01);
    expect(reading.p95Seconds).toBeCloseTo(0.091);
    expect(reading.lostShare).toBeCloseTo(1 / 201);
  });

  it('judges no percentile of a handful, and nothing where nothing passed', () => {
    const history = new LaneHistory(300_000);
    history.take(uplink(0), 0);
    expect(readLane(uplink(0), history.since(0), BOUNDS).grade).toBe('idle');
    history.take(uplink(2), 1_000);
    expect(readLane(uplink(2), history.since(0), BOUNDS)).toMatchObject({
      latencyGrade: 'idle',
      grade: 'idle',
    });
  });
});
