import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, type FakeSocket, frame } from '../test/fake-service.ts';
import { lateTimers } from '../test/late-timers.ts';
import { joinRoom } from './join-room.ts';
import type { Room, RoomState } from './room-types.ts';

const FRAME_MS = 20;

describe.each([
  ['once a second', 1_000],
  ['once a minute', 60_000],
])('a room in a hidden page whose timers come %s', (_often, everyMs) => {
  let service: FakeService;
  let socket: FakeSocket;
  let room: Room;
  let states: RoomState['phase'][];
  let sentAt: { type: string; atMs: number }[];
  let messages = 100;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.setSystemTime(1_800_000_000_000);
    messages = 100;
    let hiddenMs = 1;
    service = new FakeService();
    room = await joinRoom({
      url: 'http://127.0.0.1:8080',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
      timers: lateTimers(() => hiddenMs),
    });
    await vi.advanceTimersByTimeAsync(1_337);
    ({ socket } = service);
    hiddenMs = everyMs;
    states = [];
    room.on('state', ({ phase }) => states.push(phase));
    sentAt = [];
    const answer = socket.onText;
    socket.onText = (message) => {
      sentAt.push({ type: message.type, atMs: Date.now() });
      answer(message);
    };
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** The edge goes on with its heartbeats, and with voice if somebody speaks. */
  const wait = async (ms: number, voice: boolean): Promise<void> => {
    for (let at = 0; at < ms; at += FRAME_MS) {
      if (at % 1_000 === 0) socket.say({ type: 'heartbeat', time: 1 });
      if (voice) {
        messages += 1;
        socket.forward(7, messages, [frame({ sequence: messages & 0xffff })]);
      }
      await vi.advanceTimersByTimeAsync(FRAME_MS);
    }
  };
  const gapsOf = (type: string): number[] => {
    const at = sentAt.filter((sent) => sent.type === type).map(({ atMs }) => atMs);
    return at.slice(1).map((ms, i) => ms - at[i]!);
  };

  it('acknowledges what comes in time for the edge to go on, and not more often than it should', async () => {
    await wait(150_000, true);
    const gaps = gapsOf('ack');
    expect(Math.max(...gaps)).toBeLessThanOrEqual(220);
    expect(gaps.length).toBeLessThan(150 * 5 + 5);
    expect(gaps.length).toBeGreaterThan(150 * 4);
  });

  it('acknowledges the last word of somebody, within a heartbeat', async () => {
    await wait(5_100, true);
    await wait(1_000, false);
    expect(socket.sent('ack').at(-1)!.sequence).toBe(messages);
  });

  it('reports every two seconds, measures its clock every few, and tells statistics every second', async () => {
    let told = 0;
    room.on('stats', () => {
      told += 1;
    });
    await wait(150_000, true);
    expect(Math.max(...gapsOf('report'))).toBeLessThanOrEqual(3_000);
    expect(gapsOf('report').length).toBeGreaterThan(48);
    expect(Math.max(...gapsOf('ping'))).toBeLessThanOrEqual(7_000);
    expect(told).toBeGreaterThan(120);
    const received = socket.sent('report').flatMap(({ streams }) => streams);
    expect(received.reduce((sum, { received: frames }) => sum + frames, 0)).toBeGreaterThan(7_300);
    expect(Math.max(...received.map(({ heardMs = 0 }) => heardMs))).toBeLessThanOrEqual(3_000);
  });

  it('is not lost while its edge speaks, and finds out when it does not', async () => {
    await wait(150_000, false);
    expect(states).toEqual([]);
    expect(service.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(5 * everyMs);
    expect(service.sockets.length).toBeGreaterThan(1);
    expect(room.state.phase).toBe('live');
  });

  it('sends what it says at once', async () => {
    for (let i = 0; i < 500; i += 1) {
      room.publishFrame({
        payload: Uint8Array.of(1),
        capturedAtMs: room.clock.now() - FRAME_MS,
        durationMs: FRAME_MS,
        levelDbov: 30,
        active: true,
      });
      await wait(FRAME_MS, false);
      expect(socket.media).toHaveLength(i + 1);
    }
  });
});
