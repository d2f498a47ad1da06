import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterTotals } from './cluster-totals.ts';
import { BOUNDS, edgeStatus, frames, latency } from './status-fixture.ts';

const answer = (edge: string, count: number, boot = 'boot') =>
  edgeStatus(edge, {
    boot,
    latency: [latency('uplink', [count, 0, 0, 0], { sumSeconds: count / 100 })],
    passed: [frames('uplink', 'in', count)],
    lost: [frames('uplink', 'gap', count)],
  });
const round = (totals: ClusterTotals, ...answers: ReturnType<typeof answer>[]): void =>
  totals.take(answers, new Set(answers.map(({ edge }) => edge)));
const passedOf = (totals: ClusterTotals): number => totals.totals.passed[0]?.frames ?? 0;

describe('ClusterTotals', () => {
  it('adds up by how much each edge grew, from its first answer on', () => {
    const totals = new ClusterTotals(BOUNDS);
    round(totals, answer('a', 1_000), answer('b', 50));
    expect(totals.totals).toMatchObject({ latency: [{ counts: [0, 0, 0, 0] }], passed: [{ frames: 0 }] });
    round(totals, answer('a', 1_010), answer('b', 53));
    expect(totals.totals.latency).toMatchObject([{ hop: 'uplink', counts: [13, 0, 0, 0] }]);
    expect(totals.totals.latency[0]!.sumSeconds).toBeCloseTo(0.13);
    expect(totals.totals.passed).toMatchObject([{ frames: 13 }]);
    expect(totals.totals.lost).toMatchObject([{ kind: 'gap', frames: 13 }]);
  });

  it('does not fall when an edge restarts or is gone, and begins anew with it', () => {
    const totals = new ClusterTotals(BOUNDS);
    round(totals, answer('a', 100), answer('b', 100));
    round(totals, answer('a', 110), answer('b', 110));
    round(totals, answer('b', 120));
    round(totals, answer('a', 5, 'second'), answer('b', 120));
    expect(passedOf(totals)).toBe(30);
    round(totals, answer('a', 8, 'second'), answer('b', 120));
    expect(passedOf(totals)).toBe(33);
  });

  it('makes up for a round in which an edge did not answer', () => {
    const totals = new ClusterTotals(BOUNDS);
    round(totals, answer('a', 100));
    totals.take([], new Set(['a']));
    round(totals, answer('a', 130));
    expect(passedOf(totals)).toBe(30);
  });

  it('counts a series from 0 that an edge did not have before', () => {
    const totals = new ClusterTotals(BOUNDS);
    round(totals, edgeStatus('a'));
    round(totals, answer('a', 4));
    expect(passedOf(totals)).toBe(4);
  });

  it('leaves out latencies in other buckets, and counts their frames', () => {
    const totals = new ClusterTotals(BOUNDS);
    for (const count of [1, 5]) round(totals, { ...answer('a', count), boundsSeconds: [0.02, 0.1, 1] });
    expect(totals.totals.latency).toEqual([]);
    expect(passedOf(totals)).toBe(4);
  });

  it('keeps a bounded number of series', () => {
    const totals = new ClusterTotals(BOUNDS);
    for (let edge = 0; edge < 6; edge++) {
      const lost = Array.from({ length: 500 }, (_, reason) => frames('bus', `${edge}-${reason}`, 1));
      totals.take([edgeStatus(`edge-${edge}`, { lost })], new Set());
    }
    expect(totals.totals.lost).toHaveLength(2_048);
    expect(totals.leftOut).toBe(500);
  });

  it('never falls, and never counts what it has not seen grow', () => {
    const step = fc.record({
      edge: fc.constantFrom('a', 'b'),
      grows: fc.nat(50),
      restarts: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const totals = new ClusterTotals(BOUNDS);
        const now = new Map<string, { count: number; boot: number }>();
        let before = 0;
        let grown = 0;
        for (const { edge, grows, restarts } of steps) {
          const last = now.get(edge) ?? { count: 0, boot: 0 };
          const next = restarts
            ? { count: grows, boot: last.boot + 1 }
            : { count: last.count + grows, boot: last.boot };
          now.set(edge, next);
          grown += grows;
          totals.take([answer(edge, next.count, String(next.boot))], new Set(['a', 'b']));
          const total = passedOf(totals);
          expect(total).toBeGreaterThanOrEqual(before);
          expect(total).toBeLessThanOrEqual(grown);
          before = total;
        }
      }),
    );
  });
});
