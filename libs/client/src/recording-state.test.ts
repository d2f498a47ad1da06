import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { Room } from './room-types.ts';

describe('a room that is recorded', () => {
  let service: FakeService;
  let room: Room;
  let told: (number | undefined)[];

  beforeEach(async () => {
    vi.useFakeTimers();
    service = new FakeService();
    room = await joinRoom({ url: 'http://127.0.0.1:8080', room: 'lobby', network: service.network });
    told = [];
    room.on('recording', (recording) => told.push(recording?.sinceMs));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells of it once, by event and property', () => {
    expect(room.recording).toBeUndefined();
    service.socket.say({ type: 'recording', since: 5_000 });
    service.socket.say({ type: 'recording', since: 5_000 });
    expect(room.recording).toEqual({ sinceMs: 5_000 });
    service.socket.say({ type: 'recording' });
    expect(room.recording).toBeUndefined();
    expect(told).toEqual([5_000, undefined]);
  });

  it('is told by a recorder at once and in each hello after that, with the time at which it began', async () => {
    room.setRecording(true);
    room.setRecording(true);
    const [first, second] = service.socket.sent('recording') as { since?: number }[];
    expect(first?.since).toBeTypeOf('number');
    expect(second?.since).toBe(first?.since);
    await vi.advanceTimersByTimeAsync(900);
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.socket.sent('hello')[0]).toMatchObject({ recording: first?.since });
    // Hello said it all.
    expect(service.socket.sent('recording')).toEqual([]);
    room.setRecording(false);
    expect(service.socket.sent('recording')).toEqual([{ type: 'recording' }]);
  });

  it('says nothing of recording otherwise', () => {
    expect(service.socket.sent('hello')[0]).not.toHaveProperty('recording');
  });
});
