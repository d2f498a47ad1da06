import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService } from '../test/fake-service.ts';
import type { PartylineError } from './errors.ts';
import { joinRoom } from './join-room.ts';
import type { Fetch, JoinRoomOptions } from './options.ts';
import type { Room } from './room-types.ts';

type Answer = { status: number; body: unknown; headers?: Record<string, string> };
interface Asked {
  method: string;
  url: string;
  authorization: string | undefined;
  body: unknown;
}

const done: Answer = {
  status: 200,
  body: { room: 'lobby', identity: 'eve', applied: 'edge', muted: true, removedUntil: 0, selection: 'auto' },
};
const problem = (status: number, code: string): Answer => ({
  status,
  body: { status, code, detail: `Because of ${code}.` },
});

describe('room.moderator', () => {
  let service: FakeService;
  let asked: Asked[];
  let answer: (asked: Asked) => Answer | Promise<Answer>;
  let room: Room;

  const fetch: Fetch = async (url, init) => {
    if (url.endsWith('/join')) return service.network.fetch(url, init);
    const one = {
      method: init.method,
      url: url.replace('http://127.0.0.1:8080/base/v1/rooms/lobby/participants/', ''),
      authorization: init.headers.authorization,
      body: init.body === undefined ? undefined : JSON.parse(init.body),
    };
    asked.push(one);
    init.signal?.throwIfAborted();
    const { status, body, headers = {} } = await answer(one);
    return {
      status,
      headers: { get: (name) => headers[name] ?? null },
      text: async () => JSON.stringify(body),
    };
  };
  const join = (more: Partial<JoinRoomOptions> = {}): Promise<Room> =>
    joinRoom({
      url: 'http://127.0.0.1:8080/base',
      room: 'lobby',
      network: { ...service.network, fetch },
      ...more,
    });
  const leave = async (): Promise<void> => {
    const left = room.leave();
    // A real edge closes on hearing it.
    service.socket.drop(4000);
    await left;
  };
  const refusal = async (act: Promise<unknown>): Promise<PartylineError> =>
    act.then(
      () => expect.fail('it should be refused'),
      (error: PartylineError) => error,
    );

  beforeEach(async () => {
    service = new FakeService();
    service.welcome = { canModerate: true };
    asked = [];
    answer = () => done;
    room = await join();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    return leave();
  });

  it('rule 37: offers itself to those who have the grant, and to nobody where an edge does not tell', async () => {
    expect(room).toMatchObject({ canModerate: true, canSendDirect: true });
    await leave();
    service.welcome = {};
    room = await join();
    expect(room).toMatchObject({ canModerate: false, canSendDirect: true });
    await leave();
    service.welcome = { canModerate: false, canSendDirect: false };
    room = await join();
    expect(room).toMatchObject({ canModerate: false, canSendDirect: false });
  });

  it('mutes and unmutes with the ticket of the session', async () => {
    expect(await room.moderator.mute('eve')).toEqual({
      applied: 'edge',
      muted: true,
      removedUntilMs: undefined,
    });
    await room.moderator.unmute('a/b c名');
    expect(asked).toEqual([
      { method: 'POST', url: 'eve/mute', authorization: 'Bearer ticket-1', body: { muted: true } },
      {
        method: 'POST',
        url: 'a%2Fb%20c%E5%90%8D/mute',
        authorization: 'Bearer ticket-1',
        body: { muted: false },
      },
    ]);
  });

  it('uses the newest ticket', async () => {
    service.socket.say({ type: 'ticket', ticket: 'renewed', expiresAt: 1 });
    await room.moderator.mute('eve');
    expect(asked[0]).toMatchObject({ authorization: 'Bearer renewed' });
  });

  it('removes for a while and says why', async () => {
    const removedUntil = 1_900_000_000_000;
    answer = () => ({ status: 202, body: { applied: 'pending', muted: false, removedUntil } });
    expect(await room.moderator.remove('eve', { seconds: 600, reason: 'noise & more' })).toEqual({
      applied: 'pending',
      muted: false,
      removedUntilMs: removedUntil,
    });
    await room.moderator.remove('eve');
    expect(asked.map(({ method, url, body }) => ({ method, url, body }))).toEqual([
      { method: 'DELETE', url: 'eve?seconds=600&reason=noise+%26+more', body: undefined },
      { method: 'DELETE', url: 'eve', body: undefined },
    ]);
  });

  it("asks with the application's token when the ticket is refused", async () => {
    await leave();
    const token = vi.fn(async () => `token-${token.mock.calls.length}`);
    room = await join({ token });
    answer = ({ authorization }) =>
      authorization === 'Bearer token-2' ? done : problem(403, 'session_over');
    expect(await room.moderator.mute('eve')).toMatchObject({ applied: 'edge' });
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer ticket-2', 'Bearer token-2']);
  });

  it('gives the first refusal when neither is good enough', async () => {
    await leave();
    room = await join({ token: 'plain' });
    answer = ({ authorization }) =>
      problem(403, authorization === 'Bearer plain' ? 'wrong_room' : 'moderate_required');
    const error = await refusal(room.moderator.mute('eve'));
    expect(error).toMatchObject({
      code: 'not_allowed',
      status: 403,
      message: 'Muting eve was refused: Because of moderate_required.',
    });
  });

  it.each([
    [problem(404, 'room_not_found'), 'moderation_refused'],
    [problem(409, 'too_many_moderated'), 'moderation_refused'],
    [problem(429, 'rate_limited'), 'rate_limited'],
    [problem(503, 'registry_unavailable'), 'service_failed'],
    [{ status: 200, body: { hello: 'world' } }, 'service_failed'],
  ])('gives a typed error for %j', async (given, code) => {
    answer = () => given;
    expect(await refusal(room.moderator.remove('eve'))).toMatchObject({ code, status: given.status });
    expect(asked).toHaveLength(1);
  });

  it('says that the service cannot be reached, or does not answer in time', async () => {
    answer = () => {
      throw new TypeError('fetch failed');
    };
    expect((await refusal(room.moderator.mute('eve'))).code).toBe('unreachable');
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(5_000);
      return AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    });
    expect(await refusal(room.moderator.mute('eve'))).toMatchObject({
      code: 'timeout',
      message: 'Muting eve was not answered within 5 s.',
    });
  });

  it('refuses what the API would, before it is asked', async () => {
    const { moderator } = room;
    const acts = [
      moderator.mute(''),
      moderator.unmute('..'),
      moderator.mute('a\nb'),
      moderator.remove('eve', { seconds: -1 }),
      moderator.remove('eve', { seconds: 0.5 }),
      moderator.remove('eve', { reason: 'x'.repeat(257) }),
    ];
    for (const act of acts) expect((await refusal(act)).code).toBe('invalid_option');
    expect(asked).toEqual([]);
  });

  it('does nothing once the room is over', async () => {
    await leave();
    expect((await refusal(room.moderator.mute('eve'))).code).toBe('not_connected');
    expect(asked).toEqual([]);
  });
});

describe('somebody who is removed', () => {
  const over = (room: Room): Promise<PartylineError | undefined> =>
    new Promise((resolve) => {
      room.on('state', (state) => state.phase === 'closed' && resolve(state.reason));
    });

  it("hears the moderator's reason, and none where none was given", async () => {
    for (const [message, reason] of [
      ['Too loud', 'Too loud'],
      ['A moderator removed you from this room.', undefined],
    ] as const) {
      const service = new FakeService();
      const room = await joinRoom({ url: 'http://127.0.0.1:8080', room: 'lobby', network: service.network });
      const closed = over(room);
      service.socket.say({ type: 'error', code: 'removed', message, fatal: true });
      service.socket.drop(4004);
      const error = await closed;
      expect([error?.code, error?.reason]).toEqual(['removed', reason]);
    }
  });

  it('is told when joining may work again, and does not try to come back before', async () => {
    const service = new FakeService();
    service.answer = () => ({
      status: 403,
      body: { code: 'removed', detail: 'A moderator removed you.', until: Date.now() + 60_000 },
    });
    const error = await joinRoom({
      url: 'http://127.0.0.1:8080',
      room: 'lobby',
      network: service.network,
    }).then(
      () => expect.fail('the join should be refused'),
      (reason: PartylineError) => reason,
    );
    expect(error.code).toBe('removed');
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(service.joins).toHaveLength(1);
  });
});
