import { CLOSE } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, participant } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { Room, RoomState } from './room-types.ts';

const CAPTURE = { capturedAtMs: 5_000, durationMs: 20, levelDbov: 30, active: true };

describe('a room whose connection ends', () => {
  let service: FakeService;
  let room: Room;
  let states: RoomState[];

  beforeEach(async () => {
    vi.useFakeTimers();
    service = new FakeService();
    room = await joinRoom({
      url: 'http://127.0.0.1:8080/base',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
    });
    states = [];
    room.on('state', (state) => states.push(state));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** The last that is heard of the edge. */
  const fallSilent = async (): Promise<void> => {
    await vi.advanceTimersByTimeAsync(1_300);
    service.socket.onText = () => {};
    service.socket.say({ type: 'heartbeat', time: 1 });
  };

  it('comes back as the same participant, within 300 ms, with everything as it was', async () => {
    room.setMuted(true);
    room.setEcho(true);
    room.subscribe(9, 'always');
    service.socket.drop(1006);
    expect(room.state).toMatchObject({ phase: 'reconnecting', attempt: 1, reason: { code: 'edge_gone' } });
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state.phase).toBe('live');
    expect(service.joins[1]).toEqual({
      request: { name: 'Ada', resumeId: 'resume', avoid: ['edge-a'] },
      authorization: 'Bearer ticket-1',
    });
    expect(service.socket.sent('hello')[0]).toMatchObject({
      ticket: 'ticket-2',
      resumeKey: 'key-1',
      muted: true,
    });
    expect(service.socket.sent('echo')).toEqual([{ type: 'echo', enabled: true }]);
    expect(service.socket.sent('subscribe')).toEqual([{ type: 'subscribe', streamId: 9, mode: 'always' }]);
    expect(room.getStats().reconnects).toBe(1);
    expect(states.map(({ phase }) => phase)).toEqual(['reconnecting', 'live', 'live']);
  });

  it('keeps nothing that a connection of before could be reached by', async () => {
    const first = service.socket;
    first.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    const { onopen, onmessage, onclose } = first;
    expect({ onopen, onmessage, onclose }).toEqual({ onopen: null, onmessage: null, onclose: null });
    expect(service.socket.onopen).toBeNull();
    expect(room.state.phase).toBe('live');
  });

  it('uses a renewed ticket', async () => {
    service.socket.say({ type: 'ticket', ticket: 'renewed', expiresAt: 1 });
    service.socket.drop(CLOSE.goingAway);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.joins[1]?.authorization).toBe('Bearer renewed');
  });

  it('says hello again with the old ticket while the directory is away', async () => {
    service.answer = () => {
      throw new Error('fetch failed');
    };
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state.phase).toBe('live');
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'ticket-1', resumeKey: 'key-1' });
  });

  it('goes back to its own edge first while the directory is away, and elsewhere if that does not answer', async () => {
    service.answer = () => ({ status: 503, body: {} });
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-a' });
    const tried: string[] = [];
    service.connect = (socket) => {
      const edge = socket.url.includes('edge-b') ? 'edge-b' : 'edge-a';
      tried.push(edge);
      if (edge === 'edge-a') socket.drop(1006);
      else service.open(socket);
    };
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tried).toEqual(['edge-a', 'edge-b']);
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-b' });
  });

  it('takes 2 s without a word for a lost connection (rule 29)', async () => {
    service.answer = () => {
      throw new Error('fetch failed');
    };
    service.connect = () => {};
    await fallSilent();
    await vi.advanceTimersByTimeAsync(1_900);
    expect(room.state.phase).toBe('live');
    await vi.advanceTimersByTimeAsync(350);
    expect(states[0]).toMatchObject({ phase: 'reconnecting', reason: { code: 'edge_gone' } });
    // It may still speak again, within reason.
    expect(service.sockets[0]?.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(service.sockets[0]?.closed).toBe(true);
    expect(room.state.phase).toBe('reconnecting');
    await room.leave();
  });

  it('is on another edge before a silent one counts as lost', async () => {
    service.answer = (reply) => ({
      status: 200,
      body: { ...reply, edge: 'edge-b', url: 'ws://edge-b.test/v1/ws', fallbacks: [] },
    });
    await fallSilent();
    await vi.advanceTimersByTimeAsync(1_490);
    expect(service.joins).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(560);
    expect(service.joins[1]?.request).toMatchObject({ resumeId: 'resume', avoid: ['edge-a'] });
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'ticket-2', resumeKey: 'key-1' });
    expect(service.socket.sent('hello')[0]).not.toHaveProperty('shadow');
    expect(states.map(({ phase }) => phase)).toEqual(['live', 'live']);
    expect(room.state).toMatchObject({ edge: 'edge-b', ready: true });
    expect(service.sockets[0]?.closed).toBe(true);
    expect(room.publishFrame({ ...CAPTURE, payload: Uint8Array.of(1) })).toBe(true);
    expect(service.socket.media).toHaveLength(1);
  });

  it('stays where it is when the edge speaks again before another one was asked', async () => {
    service.answer = () => {
      throw new Error('fetch failed');
    };
    service.connect = (socket) => socket.drop(1006);
    room.publishFrame({ ...CAPTURE, payload: Uint8Array.of(1) });
    await fallSilent();
    await vi.advanceTimersByTimeAsync(2_300);
    expect(room.state.phase).toBe('reconnecting');
    service.answer = () => ({ status: 500, body: {} });
    const [first] = service.sockets;
    first?.say({ type: 'heartbeat', time: 1 });
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-a' });
    const joins = service.joins.length;
    await vi.advanceTimersByTimeAsync(1_200);
    expect(service.joins).toHaveLength(joins);
    expect(room.publishFrame({ ...CAPTURE, capturedAtMs: room.clock.now(), payload: Uint8Array.of(1) })).toBe(
      true,
    );
    const numbers = first?.media.map((bytes) => new DataView(bytes.buffer).getUint32(4));
    expect(numbers).toEqual([0, 1]);
    expect(room.getStats().reconnects).toBe(0);
  });

  it('lets the answer decide once hello was said elsewhere', async () => {
    let asked = false;
    service.connect = (socket) => {
      socket.onText = () => {
        asked = true;
      };
      socket.onopen?.();
    };
    while (!asked) await vi.advanceTimersByTimeAsync(50);
    service.sockets[0]?.say({ type: 'heartbeat', time: 1 });
    // The new edge let this client in, so the old one closes: that is no end.
    service.sockets[0]?.drop(CLOSE.superseded);
    expect(room.state.phase).toBe('reconnecting');
    service.greet(service.socket);
    await vi.advanceTimersByTimeAsync(0);
    expect(room.state.phase).toBe('live');
  });

  it('is superseded for good by somebody else', () => {
    service.socket.drop(CLOSE.superseded);
    expect(room.state).toMatchObject({ phase: 'closed', reason: { code: 'replaced' } });
  });

  it('loses 1.5 s, not four, on a fall-back that does not answer', async () => {
    service.connect = (socket) => (socket.url.includes('edge-b') ? service.open(socket) : undefined);
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300 + 1_500);
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-b' });
  });

  it('goes where an edge sends that its ticket does not name (rule 67)', async () => {
    service.connect = (socket) => {
      if (socket.url.includes('edge-c')) {
        service.open(socket);
        return;
      }
      socket.onText = () => {
        const there = { ticket: 'ticket-2', expiresAt: 1, edge: 'edge-c', url: 'ws://edge-c.test/v1/ws' };
        socket.say({ type: 'move', withinMs: 0, ...there });
        socket.drop(CLOSE.wrongEdge);
      };
      socket.onopen?.();
    };
    service.socket.drop(CLOSE.goingAway);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-c' });
    expect(service.sockets.map(({ url }) => url)).toHaveLength(3);
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'ticket-2', resumeKey: 'key-1' });
  });

  it('ignores what it does not know (rule 22)', () => {
    service.socket.onmessage?.({ data: JSON.stringify({ type: 'weather', sunny: true }) });
    service.socket.onmessage?.({ data: JSON.stringify({ type: 'heartbeat', time: 1, colour: 'red' }) });
    expect(room.state.phase).toBe('live');
  });

  it('keeps trying, ever slower, while nothing can be reached', async () => {
    service.answer = () => {
      throw new Error('fetch failed');
    };
    service.connect = (socket) => socket.drop(1006);
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    const attempts = states.flatMap((state) => (state.phase === 'reconnecting' ? [state] : []));
    expect(attempts.length).toBeGreaterThan(10);
    expect(attempts.length).toBeLessThan(60);
    expect(attempts.every(({ delayMs }) => delayMs <= 5_000)).toBe(true);
    await room.leave();
  });

  it.each([
    [CLOSE.removed, 'removed'],
    [CLOSE.replaced, 'replaced'],
    [CLOSE.roomClosed, 'room_closed'],
    [CLOSE.flooding, 'protocol_error'],
    [4050, 'protocol_error'],
  ])('stays away after close code %i (rule 30)', async (code, expected) => {
    service.socket.say({ type: 'error', code: 'x', message: 'Because.', fatal: true });
    service.socket.drop(code);
    expect(room.state).toMatchObject({ phase: 'closed', reason: { code: expected, closeCode: code } });
    expect((room.state as { reason: Error }).reason.message).toContain('Because.');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(service.sockets).toHaveLength(1);
    await expect(room.whenReady()).rejects.toMatchObject({ code: expected });
  });

  it('stops when the directory refuses the resume', async () => {
    service.answer = () => ({ status: 403, body: { detail: 'You were removed.' } });
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state).toMatchObject({ phase: 'closed', reason: { code: 'not_allowed' } });
  });

  it('leaves with a good-bye', async () => {
    const left = room.leave();
    expect(service.socket.sent('leave')).toHaveLength(1);
    service.socket.drop(CLOSE.left);
    await left;
    expect(states).toEqual([{ phase: 'closed', reason: undefined }]);
    await room.leave();
    expect(room.publishFrame({ ...CAPTURE, payload: Uint8Array.of(1) })).toBe(false);
  });

  it('leaves within a second when the edge does not answer', async () => {
    const left = room.leave();
    await vi.advanceTimersByTimeAsync(1_000);
    await left;
    expect(room.state.phase).toBe('closed');
  });

  it('announces what changed in the room while it was away', async () => {
    service.socket.say({ type: 'participants', joined: [participant(2)], listeners: 0 });
    service.welcome = { participants: [participant(1, { identity: 'ada' }), participant(3)] };
    const changes: string[][] = [];
    room.on('participants', ({ joined, left }) =>
      changes.push([
        ...joined.map(({ identity }) => `+${identity}`),
        ...left.map(({ identity }) => `-${identity}`),
      ]),
    );
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(changes).toEqual([['+person-3']]);
    service.socket.say({ type: 'heartbeat', time: 1 });
    await vi.advanceTimersByTimeAsync(1_300);
    service.socket.say({ type: 'heartbeat', time: 1 });
    await vi.advanceTimersByTimeAsync(1_300);
    expect(changes).toEqual([['+person-3']]);
    service.socket.say({ type: 'heartbeat', time: 1 });
    // Person 2 may be on an edge that the new one had not heard of; 3 s later it is not.
    await vi.advanceTimersByTimeAsync(400);
    expect(changes).toEqual([['+person-3'], ['-person-2']]);
  });

  it('joins anew as a guest when its ticket means nothing any more', async () => {
    service.answer = (reply) =>
      service.joins.at(-1)?.authorization === undefined
        ? { status: 200, body: reply }
        : { status: 401, body: { detail: 'Unknown key.' } };
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.joins.slice(1)).toEqual([
      expect.objectContaining({ authorization: 'Bearer ticket-1' }),
      { request: { name: 'Ada', avoid: ['edge-a'] }, authorization: undefined },
    ]);
    expect(room.state.phase).toBe('live');
    expect(service.socket.sent('hello')[0]).not.toHaveProperty('resumeKey');
  });

  it('says why its ticket was refused when guests are refused as well', async () => {
    service.answer = () => {
      const asGuest = service.joins.at(-1)?.authorization === undefined;
      return { status: 401, body: { detail: asGuest ? 'A token is needed.' : 'Unknown key.' } };
    };
    service.socket.drop(1006);
    await vi.advanceTimersByTimeAsync(300);
    expect(room.state).toMatchObject({ phase: 'closed', reason: { code: 'not_allowed', status: 401 } });
    expect((room.state as { reason: Error }).reason.message).toContain('Unknown key');
  });
});
