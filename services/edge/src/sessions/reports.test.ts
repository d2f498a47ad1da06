import type { ClientMessageOf, StreamReport } from '@partyline/protocol';
import { TokenBucket } from '@partyline/runtime';
import { FieldHistogram } from '@partyline/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT_BURST } from '../limits.ts';
import { ReportCounters } from './report-counters.ts';
import { Reports, verdictOf } from './reports.ts';
import type { Session } from './session.ts';

const stream = (more: Partial<StreamReport> = {}): StreamReport => ({
  streamId: 1,
  received: 100,
  lost: 0,
  late: 0,
  jitterMs: 2,
  mouthToEarMs: 90,
  playoutMs: 60,
  heardMs: 2_000,
  concealedMs: 0,
  ...more,
});

const setUp = () => {
  const counters = new ReportCounters();
  const histograms = {
    downlink: new FieldHistogram(),
    playout: new FieldHistogram(),
    mouthToEar: new FieldHistogram(),
    jitter: new FieldHistogram(),
    roundTrip: new FieldHistogram(),
    firstFrame: new FieldHistogram(),
  };
  const reports = new Reports({ counters, ...histograms });
  const session = { reports: new TokenBucket(1, REPORT_BURST), toldJoin: false } as unknown as Session;
  let nowMs = 0;
  const take = (report: Partial<ClientMessageOf<'report'>>): void => {
    nowMs += 2_000;
    reports.take(session, { type: 'report', streams: [], ...report }, nowMs);
  };
  return { counters, histograms, take, reports, session };
};

describe('receiver reports', () => {
  it('become series of their own: hops behind the edge, losses, voice heard', () => {
    const { counters, histograms, take } = setUp();
    take({
      streams: [stream(), stream({ streamId: 2, lost: 3, late: 2, heardMs: 1_000, concealedMs: 80 })],
      downlinkMs: 12,
      rttMs: 25,
      uplinkDropped: 4,
    });
    expect(counters).toMatchObject({
      reports: 1,
      receivedFrames: 200,
      missingFrames: 3,
      lateFrames: 2,
      droppedFrames: 4,
      concealedMs: 80,
      heardMs: { good: 2_000, late: 0, broken: 1_000 },
    });
    expect(histograms.playout.count).toBe(2);
    expect(histograms.playout.sum).toBeCloseTo(0.12);
    expect(histograms.mouthToEar.sum).toBeCloseTo(0.18);
    expect(histograms.downlink.sum).toBeCloseTo(0.012);
    expect(histograms.roundTrip.sum).toBeCloseTo(0.025);
    expect(histograms.jitter.count).toBe(2);
  });

  it('are judged: late over 400 ms, broken over 2 % lost or late or over 5 % invented, else good', () => {
    expect(verdictOf(stream({ mouthToEarMs: 400, lost: 1, late: 1, concealedMs: 100 }))).toBe('good');
    expect(verdictOf(stream({ mouthToEarMs: 401 }))).toBe('late');
    expect(verdictOf(stream({ lost: 3 }))).toBe('broken');
    expect(verdictOf(stream({ late: 3 }))).toBe('broken');
    expect(verdictOf(stream({ mouthToEarMs: 900, concealedMs: 101 }))).toBe('broken');
    // A client from before these fields tells frames only.
    expect(verdictOf({ streamId: 1, received: 100, lost: 0, late: 0, jitterMs: 1 })).toBe('good');
    // Nothing was received and nothing missed.
    expect(verdictOf({ streamId: 1, received: 0, lost: 0, late: 0, jitterMs: 0, heardMs: 0 })).toBe('good');
  });

  it('of an older client count 20 ms of voice a frame', () => {
    const { counters, take } = setUp();
    take({ streams: [{ streamId: 1, received: 100, lost: 0, late: 0, jitterMs: 1 }] });
    expect(counters.heardMs.good).toBe(2_000);
  });

  it('tell the time of a join once a session, whatever the client repeats', () => {
    const { histograms, take } = setUp();
    take({ joinMs: 80 });
    take({ joinMs: 90 });
    expect(histograms.firstFrame.count).toBe(1);
    expect(histograms.firstFrame.sum).toBeCloseTo(0.08);
  });

  it('that come too often are left out: ten at once, then one a second', () => {
    const { counters, reports, session } = setUp();
    for (let i = 0; i < 30; i++) reports.take(session, { type: 'report', streams: [stream()] }, 5_000);
    expect(counters).toMatchObject({ reports: 10, refused: 20, receivedFrames: 1_000 });
    reports.take(session, { type: 'report', streams: [] }, 6_000);
    expect(counters.reports).toBe(11);
  });

  it('move no series by more than their bounds, whatever is claimed', () => {
    const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const delay = fc.option(fc.double({ min: -60_000, max: 600_000, noNaN: true }), { nil: undefined });
    const span = fc.option(fc.double({ min: 0, max: 600_000, noNaN: true }), { nil: undefined });
    const claim = fc.record({
      streamId: fc.constant(1),
      received: count,
      lost: count,
      late: count,
      jitterMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
      mouthToEarMs: delay,
      playoutMs: delay,
      heardMs: span,
      concealedMs: span,
    });
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 64 }), count, span, (streams, uplinkDropped, joinMs) => {
        const { counters, histograms, take } = setUp();
        take({
          streams: streams as StreamReport[],
          uplinkDropped,
          ...(joinMs === undefined ? {} : { joinMs }),
        });
        const { good, late, broken } = counters.heardMs;
        const { receivedFrames, missingFrames, lateFrames, droppedFrames, concealedMs } = counters;
        for (const frames of [receivedFrames, missingFrames, lateFrames, droppedFrames]) {
          expect(frames).toBeGreaterThanOrEqual(0);
          expect(frames).toBeLessThanOrEqual(10_000);
        }
        for (const ms of [good + late + broken, concealedMs]) {
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(10_000 * streams.length);
        }
        for (const { sum, count: observed } of Object.values(histograms)) {
          expect(sum).toBeGreaterThanOrEqual(0);
          expect(sum).toBeLessThanOrEqual(30 + 2 * observed);
        }
      }),
    );
  });
});
