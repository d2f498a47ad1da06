import { describe, expect, it } from 'vitest';
import { roomStats, speakerStats } from './line-fixture.ts';
import { LineHistory, MAX_SAMPLES } from './line-history.ts';

describe('LineHistory', () => {
  it('tells what happened in each second, not since the beginning', () => {
    const history = new LineHistory();
    history.take(roomStats({}, { sentBytes: 10_000 }, { receivedFrames: 1_000, lostFrames: 90 }), 1_000);
    expect(history.samples).toEqual([]);
    const later = { receivedFrames: 1_045, lostFrames: 95, lateFrames: 2 };
    history.take(roomStats({}, { sentBytes: 14_000, droppedFrames: 3, queueMs: 45 }, later), 2_000);
    expect(history.samples).toMatchObject([
      { frames: 50, lost: 0.1, late: 0.04, uplinkKbps: 32, queueMs: 45, dropped: 3, rttMs: 24, jitterMs: 3 },
    ]);
  });

  it('measures by the time that really passed: a hidden tab is woken seldom', () => {
    const history = new LineHistory();
    history.take(roomStats({}, { sentBytes: 0 }), 0);
    history.take(roomStats({}, { sentBytes: 20_000 }), 5_000);
    expect(history.samples[0]!.uplinkKbps).toBe(32);
  });

  it('shows the way of the speaker who is heard latest, whole', () => {
    const history = new LineHistory();
    const slow = { streamId: 8, mouthToEarMs: 300, uplinkMs: 200, edgeMs: 5, downlinkMs: 15, playoutMs: 80 };
    const speakers = [speakerStats({ jitterMs: 9 }), speakerStats(slow)];
    history.take(roomStats({ speakers }), 0);
    history.take(roomStats({ speakers }), 1_000);
    expect(history.samples[0]).toMatchObject({
      way: { uplinkMs: 200, edgeMs: 5, downlinkMs: 15, playoutMs: 80, totalMs: 300 },
      jitterMs: 9,
    });
  });

  it('has nothing to say of a silent room', () => {
    const history = new LineHistory();
    const speakers = [speakerStats({ mouthToEarMs: undefined, playoutMs: undefined })];
    history.take(roomStats({ speakers }), 0);
    history.take(roomStats({ speakers }), 1_000);
    expect(history.samples[0]).toMatchObject({
      way: undefined,
      jitterMs: undefined,
      bufferedMs: undefined,
      frames: 0,
      lost: undefined,
      late: undefined,
      concealed: undefined,
    });
  });

  it('counts invented voice as a share of what was played, and forgives counts that go back', () => {
    const history = new LineHistory();
    const heard = (heardMs: number, concealedMs: number) =>
      roomStats({ speakers: [speakerStats({ heardMs, concealedMs })] });
    history.take(heard(10_000, 100), 0);
    history.take(heard(10_900, 200), 1_000);
    history.take(roomStats({ speakers: [] }), 2_000);
    expect(history.samples.map(({ concealed }) => concealed)).toEqual([0.1, undefined]);
  });

  it('remembers two minutes', () => {
    const history = new LineHistory();
    for (let second = 0; second <= MAX_SAMPLES + 5; second += 1) history.take(roomStats(), second * 1_000);
    expect(history.samples).toHaveLength(MAX_SAMPLES);
    expect(history.samples[0]!.atMs).toBe(6_000);
  });
});
