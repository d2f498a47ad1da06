import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, type FakeSocket, frame } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { Room } from './room-types.ts';

describe('messages that never came (rule 45)', () => {
  let service: FakeService;
  let socket: FakeSocket;
  let room: Room;
  let frameNumber = 0;

  /** The edge sends message `sequence` of a topic. */
  const forward = (sequence: number, topic = 7): void => {
    frameNumber += 1;
    socket.forward(topic, sequence, [frame({ sequence: frameNumber })]);
  };
  const gapsTold = (): unknown[] => socket.sent('ack').flatMap(({ gaps }) => gaps ?? []);

  beforeEach(async () => {
    vi.useFakeTimers();
    service = new FakeService();
    room = await joinRoom({
      url: 'http://127.0.0.1:8080',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
    });
    ({ socket } = service);
    await vi.advanceTimersByTimeAsync(500);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are named in the next acknowledgement, once, and counted', async () => {
    forward(101);
    forward(103);
    forward(107);
    await vi.advanceTimersByTimeAsync(200);
    forward(108);
    await vi.advanceTimersByTimeAsync(200);
    expect(socket.sent('ack')).toEqual([
      { type: 'ack', topic: 7, sequence: 101 },
      {
        type: 'ack',
        topic: 7,
        sequence: 107,
        gaps: [
          [102, 102],
          [104, 106],
        ],
      },
      { type: 'ack', topic: 7, sequence: 108 },
    ]);
    expect(room.getStats().downlink.gapMessages).toBe(4);
  });

  it('are acknowledged at once when there are as many as one message may name', () => {
    forward(101);
    for (let i = 0; i < 40; i += 1) forward(103 + 2 * i);
    expect(socket.sent('ack').map(({ gaps }) => gaps?.length)).toEqual([undefined, 32]);
  });

  it('are known at a pause, which says how far the edge had come; what it left out then is none', async () => {
    forward(101);
    socket.say({ type: 'paused', topic: 7, sequence: 104 });
    expect(gapsTold()).toEqual([[102, 104]]);
    socket.say({ type: 'subscribed', topic: 7, sequence: 150, skippedFrames: 46 });
    forward(151);
    await vi.advanceTimersByTimeAsync(400);
    expect(gapsTold()).toEqual([[102, 104]]);
    expect(room.getStats().downlink).toMatchObject({ gapMessages: 3, skippedFrames: 46 });
  });

  it('are none of another topic, of a copy, or across the turn of the numbers', async () => {
    forward(101);
    socket.say({ type: 'subscribed', topic: 9, sequence: 0, skippedFrames: 0 });
    forward(1, 9);
    forward(1, 9);
    socket.say({ type: 'subscribed', topic: 7, sequence: 0xffff_fffe, skippedFrames: 0 });
    forward(0xffff_ffff);
    forward(0);
    forward(2);
    await vi.advanceTimersByTimeAsync(400);
    expect(gapsTold()).toEqual([[1, 1]]);
    expect(room.getStats().downlink.gapMessages).toBe(1);
  });

  it('before a room is left are still told, with a last report', async () => {
    forward(101);
    forward(103);
    const left = room.leave();
    expect(gapsTold()).toEqual([[102, 102]]);
    expect(socket.sent('report').at(-1)?.streams).toMatchObject([{ streamId: 2, received: 2 }]);
    const types = socket.messages.map(({ type }) => type);
    expect(types.indexOf('leave')).toBeGreaterThan(types.lastIndexOf('report'));
    await vi.advanceTimersByTimeAsync(1_000);
    await left;
  });
});
