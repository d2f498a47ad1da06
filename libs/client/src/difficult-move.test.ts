import { CLOSE } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallFixture, move } from '../test/call-fixture.ts';
import type { FakeService, FakeSocket } from '../test/fake-service.ts';
import type { Room, RoomState } from './room-types.ts';

describe('a move that meets difficulties', () => {
  let call: CallFixture;
  let service: FakeService;
  let room: Room;
  let first: FakeSocket;
  let states: RoomState[];

  beforeEach(async () => {
    vi.useFakeTimers();
    call = await CallFixture.begin();
    ({ service, room, first, states } = call);
  });
  afterEach(async () => {
    await call.end();
    vi.useRealTimers();
  });

  it('goes to a fall-back when the edge named cannot be reached', async () => {
    service.connect = (socket) => (socket.url.includes('edge-b') ? socket.drop(1006) : service.open(socket));
    service.readyAtOnce = true;
    first.say(move());
    await call.settle();
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-c' });
    expect(service.joins).toHaveLength(1);
  });

  it('asks the directory without a ticket, or when all edges failed, avoiding both (rules 60 and 66)', async () => {
    service.answer = (reply) => ({
      status: 200,
      body: { ...reply, edge: 'edge-d', url: 'ws://edge-d.test/v1/ws', fallbacks: [] },
    });
    service.connect = (socket) => (socket.url.includes('edge-d') ? service.open(socket) : socket.drop(1006));
    service.readyAtOnce = true;
    first.say(move());
    await call.settle();
    expect(service.joins[1]).toEqual({
      request: { name: 'Ada', resumeId: 'resume', avoid: ['edge-a', 'edge-b', 'edge-c'] },
      authorization: 'Bearer moving-ticket',
    });
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-d' });
  });

  it('tries again with pauses and keeps the old connection all the while', async () => {
    service.answer = () => {
      throw new Error('fetch failed');
    };
    service.connect = (socket) => socket.drop(1006);
    first.say({ type: 'move', withinMs: 4_000 });
    await call.wait(3_900);
    expect(service.joins.length).toBeGreaterThanOrEqual(4);
    expect(service.joins.length).toBeLessThanOrEqual(8);
    expect(states).toEqual([]);
    expect(call.speak()).toBe(true);
    expect(first.media).toHaveLength(1);
    const joins = service.joins.length;
    await call.wait(3_000);
    expect(service.joins.length - joins).toBeLessThanOrEqual(1);
    // Then the edge closes, and it is a loss like any other.
    service.answer = undefined;
    service.connect = undefined;
    first.drop(CLOSE.goingAway);
    await call.wait(300);
    expect(states.map(({ phase }) => phase)).toEqual(['reconnecting', 'live']);
    expect(service.joins.at(-1)?.request.avoid).toContain('edge-a');
  });

  it('makes another shadow when the first one ends before it is ready (rule 66)', async () => {
    first.say(move());
    await call.settle();
    service.answer = (reply) => ({
      status: 200,
      body: { ...reply, edge: 'edge-c', url: 'ws://edge-c.test/v1/ws', fallbacks: [] },
    });
    service.socket.drop(1006);
    await call.wait(300);
    expect(service.joins[1]?.request.avoid).toEqual(['edge-a', 'edge-b']);
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'ticket-2', shadow: true });
    service.socket.say({ type: 'ready' });
    await call.settle();
    expect(states).toEqual([{ phase: 'live', edge: 'edge-c', ready: true }]);
  });

  it('gives up a shadow that does not become ready', async () => {
    first.say(move());
    await call.wait(2_900);
    expect(service.sockets).toHaveLength(2);
    await call.wait(600);
    expect(service.sockets[1]?.closed).toBe(true);
    expect(service.sockets).toHaveLength(3);
    expect(states).toEqual([]);
  });

  it('asks for a newer ticket when its shadow is too old (rule 69)', async () => {
    service.connect = (socket) => {
      if (service.joins.length > 1) service.open(socket);
      else {
        socket.onText = () => socket.drop(CLOSE.superseded);
        socket.onopen?.();
      }
    };
    service.readyAtOnce = true;
    service.answer = (reply) => ({
      status: 200,
      body: { ...reply, edge: 'edge-b', url: 'ws://edge-b.test/v1/ws', fallbacks: [] },
    });
    first.say(move());
    await call.settle();
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-b' });
    expect(service.joins).toHaveLength(2);
  });

  it('waits for its shadow when the old connection ends, and loses no frame meanwhile', async () => {
    first.say(move());
    await call.settle();
    first.drop(1006);
    for (let i = 0; i < 5; i += 1) expect(call.speak()).toBe(true);
    expect(room.state.phase).toBe('live');
    await call.wait(100);
    service.socket.say({ type: 'ready' });
    await call.settle();
    expect(service.socket.media).toHaveLength(5);
    expect(room.getStats().uplink.droppedFrames).toBe(0);
    expect(states).toEqual([{ phase: 'live', edge: 'edge-b', ready: true }]);
  });

  it('takes being superseded while its own shadow is let in for its own doing', async () => {
    service.connect = (socket) => socket.onopen?.();
    first.say(move());
    await call.settle();
    first.drop(CLOSE.superseded);
    expect(room.state.phase).toBe('reconnecting');
    service.greet(service.socket);
    await call.settle();
    service.socket.say({ type: 'ready' });
    await call.settle();
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-b' });
  });

  it('ends for good when a moderator says so meanwhile', async () => {
    first.say(move());
    await call.settle();
    first.drop(CLOSE.removed);
    expect(room.state).toMatchObject({ phase: 'closed', reason: { code: 'removed' } });
    expect(service.socket.closed).toBe(true);
  });

  it('does not start over for a second order (rule 60), and moves on from the edge it came to', async () => {
    first.say(move());
    first.say(move({ withinMs: 20_000 }));
    await call.settle();
    expect(service.sockets).toHaveLength(2);
    const second = service.socket;
    second.say(move({ ticket: 'next-ticket', edge: 'edge-c', url: 'ws://edge-c.test/v1/ws', fallbacks: [] }));
    await call.settle();
    expect(service.sockets).toHaveLength(2);
    service.readyAtOnce = true;
    second.say({ type: 'ready' });
    await call.settle();
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'next-ticket', shadow: true });
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-c' });
    expect(second.sent('handover')).toHaveLength(1);
    // Of three connections only two are needed.
    expect(first.closed).toBe(true);
    expect(room.getStats().moves).toBe(2);
  });
});
