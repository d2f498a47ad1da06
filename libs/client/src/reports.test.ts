import {
  type ClientMessageOf,
  FLAG_PRE_ROLL,
  FLAG_SPURT_START,
  type Frame,
  isTraced,
} from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallFixture, move } from '../test/call-fixture.ts';
import { FakeService, type FakeSocket, frame, participant } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { Room } from './room-types.ts';
import type { PlayoutReading } from './stats.ts';

const reading = (more: Partial<PlayoutReading> = {}): PlayoutReading => ({
  streamId: 2,
  bufferedMs: 30,
  lateFrames: 0,
  concealedMs: 0,
  mouthToEarMs: 71,
  ...more,
});

describe('receiver reports', () => {
  let service: FakeService;
  let socket: FakeSocket;
  let room: Room;
  let messages = 100;

  const join = async (traceEvery?: number): Promise<void> => {
    messages = 100;
    service = new FakeService();
    if (traceEvery !== undefined) service.welcome = { traceEvery };
    const joining = joinRoom({
      url: 'http://127.0.0.1:8080',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
    });
    await vi.advanceTimersByTimeAsync(0);
    room = await joining;
    ({ socket } = service);
  };
  const forward = (more: Partial<Frame>): void => {
    messages += 1;
    socket.forward(7, messages, [frame(more)]);
  };
  /** Time passes while the edge goes on sending heartbeats. */
  const wait = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 100) {
      socket.say({ type: 'heartbeat', time: 1 });
      await vi.advanceTimersByTimeAsync(Math.min(100, ms - at));
    }
  };
  const reports = (): ClientMessageOf<'report'>[] => socket.sent('report');

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tell means over all frames since the last one, and agree with getStats()', async () => {
    await join();
    let now = reading({ playoutMs: 41, totals: { frames: 10, mouthToEarMs: 800, playoutMs: 500 } });
    room.setPlayout(() => [now]);
    for (let sequence = 1; sequence <= 10; sequence += 1) forward({ sequence });
    await wait(2_000);
    expect(reports().at(-1)?.streams).toMatchObject([
      { received: 10, heardMs: 200, concealedMs: 0, mouthToEarMs: 80, playoutMs: 50 },
    ]);
    expect(room.getStats().speakers).toMatchObject([{ heardMs: 200, mouthToEarMs: 71, playoutMs: 41 }]);
    now = reading({
      lateFrames: 2,
      concealedMs: 60,
      totals: { frames: 30, mouthToEarMs: 800 + 20 * 120, playoutMs: 500 + 20 * 90 },
    });
    forward({ sequence: 11 });
    await wait(2_000);
    expect(reports().at(-1)?.streams).toMatchObject([
      { received: 1, late: 2, heardMs: 20, concealedMs: 60, mouthToEarMs: 120, playoutMs: 90 },
    ]);
    // The play-out had forgotten the speaker: its sums began anew.
    now = reading({
      lateFrames: 2,
      concealedMs: 60,
      totals: { frames: 5, mouthToEarMs: 500, playoutMs: 300 },
    });
    forward({ sequence: 12 });
    await wait(2_000);
    expect(reports().at(-1)?.streams).toMatchObject([
      { late: 0, concealedMs: 0, mouthToEarMs: 100, playoutMs: 60 },
    ]);
    // Another play-out: all that it counted is new.
    now = reading({ lateFrames: 1, concealedMs: 20 });
    forward({ sequence: 13 });
    await wait(2_000);
    expect(reports().at(-1)?.streams).toMatchObject([{ late: 1, concealedMs: 20 }]);
  });

  it('tell of own frames that were dropped before they were sent', async () => {
    await join();
    const publish = (): boolean =>
      room.publishFrame({
        capturedAtMs: 5_000,
        durationMs: 20,
        levelDbov: 30,
        active: true,
        payload: Uint8Array.of(1),
      });
    socket.bufferedAmount = 1_000_000;
    for (let i = 0; i < 5; i += 1) publish();
    await wait(2_000);
    expect(reports().at(-1)).toMatchObject({ uplinkDropped: 5 });
    expect(room.getStats().uplink.droppedFrames).toBe(5);
    await wait(2_000);
    expect(reports().at(-1)?.uplinkDropped).toBeUndefined();
  });

  it('tell of a speaker who has left what was not told yet', async () => {
    await join();
    socket.say({ type: 'participants', joined: [participant(2)], listeners: 0 });
    forward({ sequence: 1 });
    forward({ sequence: 2 });
    socket.say({ type: 'participants', left: [2], listeners: 0 });
    await wait(2_000);
    expect(reports().at(-1)?.streams).toMatchObject([{ streamId: 2, received: 2, heardMs: 40 }]);
  });

  it('count a loss once that a late frame takes back after it was reported', async () => {
    await join();
    forward({ sequence: 1 });
    forward({ sequence: 4 });
    await wait(2_000);
    forward({ sequence: 3 });
    await wait(2_000);
    forward({ sequence: 6 });
    await wait(2_000);
    const streams = reports().flatMap((report) => report.streams);
    const { lostFrames } = room.getStats().speakers[0]!;
    expect(lostFrames).toBe(2);
    expect(streams.reduce((sum, { lost }) => sum + lost, 0)).toBe(2);
  });

  it('tell once how long the join took, if somebody was speaking already', async () => {
    await join();
    await vi.advanceTimersByTimeAsync(70);
    forward({ sequence: 1 });
    await wait(4_000);
    expect(reports().map(({ joinMs }) => joinMs)).toEqual([70, undefined]);
    expect(room.getStats().joinMs).toBe(70);

    await join();
    await wait(500);
    forward({ sequence: 1, flags: FLAG_SPURT_START });
    forward({ sequence: 2 });
    await wait(2_000);
    expect(reports().map(({ joinMs }) => joinMs)).toEqual([undefined]);
    expect(room.getStats().joinMs).toBeUndefined();
  });

  it('tell of followed frames when they were played, or will not be (rule 46)', async () => {
    await join(4);
    const chosen = Array.from({ length: 200 }, (_, sequence) => sequence).filter((sequence) =>
      isTraced(2, sequence, 4),
    );
    const [first, second, third] = chosen as [number, number, number];
    const played = [{ sequence: first, playedAtMs: 123_456 }];
    room.setPlayout(() => [reading({ played })]);
    forward({ sequence: first, flags: FLAG_PRE_ROLL });
    forward({ sequence: first });
    forward({ sequence: second });
    const other = Array.from({ length: 200 }, (_, i) => i).find((sequence) => !isTraced(2, sequence, 4));
    forward({ sequence: other! });
    await wait(1_500);
    forward({ sequence: third });
    await wait(500);
    const [told] = reports();
    expect(told?.traced?.map(({ sequence }) => sequence)).toEqual([first, second]);
    const [frameOne, frameTwo] = told!.traced!;
    expect(frameOne).toMatchObject({ streamId: 2, sentAtUs: 0 });
    expect(frameOne!.arrivedMs).toBeGreaterThan(0);
    expect(frameOne!.playedMs).toBeCloseTo(123_456, 3);
    expect(frameTwo!.playedMs).toBeUndefined();
    await wait(2_000);
    expect(
      reports()
        .at(-1)
        ?.traced?.map(({ sequence }) => sequence),
    ).toEqual([third]);
  });

  it('follow nothing unless the edge asks for it', async () => {
    await join();
    for (let sequence = 0; sequence < 100; sequence += 1) forward({ sequence });
    await wait(2_000);
    expect(reports()[0]?.traced).toBeUndefined();
  });
});

describe('a report before a move', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells the old edge what happened there, and the new one only of what it sent itself', async () => {
    const call = await CallFixture.begin();
    call.first.forward(7, 101, [frame({ sequence: 1 })]);
    call.first.say(move());
    await call.settle();
    call.service.socket.say({ type: 'ready' });
    await call.settle();
    const last = call.first.sent('report').at(-1);
    expect(last?.streams).toMatchObject([{ streamId: 2, received: 1 }]);
    // Copies by the old path come later; how long they took is no affair of the new edge.
    call.first.forward(7, 102, [frame({ sequence: 2 })]);
    await call.wait(2_000);
    const [report] = call.service.socket.sent('report');
    expect(report?.streams).toMatchObject([{ streamId: 2, received: 1 }]);
    expect(report?.downlinkMs).toBeUndefined();
    // Each path has numbers of its own.
    expect(call.room.getStats().downlink.gapMessages).toBe(0);
    await call.end();
  });
});
