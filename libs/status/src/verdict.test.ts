import { describe, expect, it } from 'vitest';
import type { LaneReading } from './lane-reading.ts';
import { regionRows } from './snapshot.ts';
import { edgeRow } from './status-fixture.ts';
import { verdictOf } from './verdict.ts';

const reading = (hop: string, title: string, more: Partial<LaneReading> = {}): LaneReading => ({
  key: title,
  hop,
  title,
  observations: 100,
  meanSeconds: 0.05,
  p50Seconds: 0.05,
  p95Seconds: 0.06,
  p99Seconds: 0.07,
  framesPerSecond: 50,
  lostShare: 0,
  lost: [],
  leftOut: [],
  latencyGrade: 'good',
  lossGrade: 'good',
  grade: 'good',
  ...more,
});
const good = [
  reading('uplink', 'uplink'),
  reading('mouth_to_ear', 'mouth to ear', { p95Seconds: 0.112, lossGrade: 'idle' }),
];
const lateBus = reading('bus', 'bus eu → us', { p95Seconds: 0.34, latencyGrade: 'bad', grade: 'bad' });
const lateWhole = reading('mouth_to_ear', 'mouth to ear', {
  p95Seconds: 0.45,
  latencyGrade: 'bad',
  grade: 'bad',
});

const snapshot = (edges = [edgeRow('a'), edgeRow('b')], problem?: string) => ({
  problem,
  edges,
  regions: regionRows(edges, ['eu']),
});

describe('regionRows', () => {
  it('puts edges together by region, those that are gone without what their leases tell', () => {
    const edges = [
      edgeRow('a'),
      edgeRow('b', { state: 'unreachable' }),
      edgeRow('c', { region: 'us', gauges: { connections: 2, rooms: 1, load: 0.5, draining: true } }),
    ];
    expect(regionRows(edges, ['ap', 'eu'])).toMatchObject([
      { region: 'ap', edges: 0, speakers: undefined },
      { region: 'eu', edges: 2, answering: 1, connections: 3, maxConnections: 100, speakers: 1 },
      { region: 'us', edges: 1, draining: 1, connections: 2, highestLoad: 0.5, speakers: undefined },
    ]);
  });
});

describe('verdictOf', () => {
  it('says that voice is good, and how good', () => {
    expect(verdictOf(snapshot(), good)).toEqual({
      grade: 'good',
      headline: 'Voice is good: mouth to ear p95 112 ms, 0 % lost.',
      remarks: [],
    });
  });

  it('names the hop that is late, and the whole way after it', () => {
    expect(verdictOf(snapshot(), [reading('uplink', 'uplink'), lateBus, lateWhole])).toMatchObject({
      grade: 'bad',
      headline: 'Late on bus eu → us: p95 340 ms.',
    });
    expect(verdictOf(snapshot(), [reading('uplink', 'uplink'), lateWhole]).headline).toBe(
      'Late on mouth to ear: p95 450 ms.',
    );
  });

  it('names the hop that loses frames, how many, and why', () => {
    const lossy = reading('downlink', 'downlink', {
      lostShare: 0.031,
      lost: [['paused', 31]],
      lossGrade: 'bad',
      grade: 'bad',
    });
    expect(verdictOf(snapshot(), [...good, lossy]).headline).toBe(
      'Lost on downlink: 3.1 % of the frames (paused).',
    );
  });

  it('says what is worth a look while voice is fair', () => {
    const slow = reading('uplink', 'uplink', { p95Seconds: 0.1, latencyGrade: 'watch', grade: 'watch' });
    expect(verdictOf(snapshot(), [slow, good[1]!])).toEqual({
      grade: 'watch',
      headline: 'Voice is fair: mouth to ear p95 112 ms, 0 % lost.',
      remarks: ['Late on uplink: p95 100 ms.'],
    });
  });

  it('says when there is nothing to judge', () => {
    const idle = reading('uplink', 'uplink', { grade: 'idle', latencyGrade: 'idle', lossGrade: 'idle' });
    expect(verdictOf(snapshot(), [idle]).headline).toBe('Quiet: nobody speaks now.');
    expect(verdictOf(snapshot(), []).headline).toContain('Collecting');
    expect(verdictOf(snapshot([]), []).headline).toBe('No edge is alive: nobody can join.');
    expect(verdictOf(snapshot([], 'The registry is away.'), []).headline).toBe('The registry is away.');
  });

  it('names edges that do not answer, drain, are older, or have lost bus or Redis', () => {
    const down = edgeRow('e', {
      gauges: { ...edgeRow('e').gauges, bus: { media: false }, redis: { us: false } },
    });
    const edges = [
      edgeRow('a', { state: 'silent' }),
      edgeRow('b', { state: 'unreachable' }),
      edgeRow('c', { state: 'refused' }),
      edgeRow('d', { gauges: { ...edgeRow('d').gauges, draining: true } }),
      down,
    ];
    const { grade, headline, remarks } = verdictOf(snapshot(edges), good);
    expect([grade, headline]).toEqual(['watch', 'Voice is good: mouth to ear p95 112 ms, 0 % lost.']);
    expect(remarks).toEqual([
      'a, b do not answer.',
      'c tells no figures: an older version, or too busy.',
      'd drains.',
      'e has no bus: people there hear only each other.',
      'e has lost a Redis for state: calls go on, joins may not.',
    ]);
    const silent = ['a', 'b', 'c', 'd', 'e'].map((edge) => edgeRow(edge, { state: 'silent' }));
    expect(verdictOf(snapshot(silent), [])).toMatchObject({
      headline: 'Nothing is known: none of 5 edges answers.',
      remarks: ['a, b, c and 2 more do not answer.'],
    });
  });
});
