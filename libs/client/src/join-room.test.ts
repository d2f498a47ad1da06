import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService } from '../test/fake-service.ts';
import type { PartylineError } from './errors.ts';
import { joinRoom } from './join-room.ts';
import type { JoinRoomOptions } from './options.ts';
import type { Room } from './room-types.ts';

describe('joinRoom', () => {
  let service: FakeService;
  const join = (more: Partial<JoinRoomOptions> = {}): Promise<Room> =>
    joinRoom({
      url: 'http://127.0.0.1:8080/base',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
      ...more,
    });
  const refusal = async (more: Partial<JoinRoomOptions> = {}): Promise<PartylineError> =>
    join(more).then(
      () => expect.fail('the join should be refused'),
      (error: PartylineError) => error,
    );

  beforeEach(() => {
    vi.useFakeTimers();
    service = new FakeService();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('joins through the directory and says hello with the ticket', async () => {
    const room = await join({ token: async () => 'secret-token', muted: true });
    expect(service.joins[0]).toEqual({ request: { name: 'Ada' }, authorization: 'Bearer secret-token' });
    expect(service.socket.url).toBe('ws://127.0.0.1:8080/v1/ws');
    expect(service.socket.sent('hello')[0]).toMatchObject({ ticket: 'ticket-1', version: 1, muted: true });
    expect(room).toMatchObject({
      identity: 'ada',
      streamId: 1,
      state: { phase: 'live', edge: 'edge-a', ready: true },
    });
    await room.whenReady();
    expect(room.participants).toMatchObject([{ identity: 'ada', self: true }]);
  });

  it("makes the join part of the application's own trace", async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await join({ traceparent });
    await join({ traceparent: () => undefined });
    await join({ traceparent: () => traceparent });
    expect(service.joins.map((asked) => asked.traceparent)).toEqual([traceparent, undefined, traceparent]);
  });

  it.each([
    [401, {}, 'not_allowed'],
    [403, {}, 'not_allowed'],
    [404, {}, 'join_refused'],
    [429, { 'retry-after': '7' }, 'rate_limited'],
    [500, {}, 'service_failed'],
  ])('gives a typed error for status %i', async (status, headers, code) => {
    service.answer = () => ({ status, headers, body: { title: 'No', detail: 'because.' } });
    const error = await refusal();
    expect(error).toMatchObject({ code, status, message: 'Joining lobby was refused: because.' });
    if (status === 429) expect(error.retryAfterMs).toBe(7_000);
  });

  it('knows a full room by the problem code', async () => {
    service.answer = () => ({ status: 409, body: { code: 'room_full', detail: 'The room is full' } });
    expect((await refusal()).code).toBe('room_full');
  });

  it("passes on the service's own code, which is finer than the client's", async () => {
    service.answer = () => ({
      status: 401,
      body: { code: 'token_expired', detail: 'The token has expired' },
    });
    expect(await refusal()).toMatchObject({ code: 'not_allowed', problem: 'token_expired' });
    service.answer = () => ({ status: 401, body: 'no JSON at all' });
    expect((await refusal()).problem).toBeUndefined();
  });

  describe('when the service asks to come again', () => {
    const away = (retryAfter: string) => ({
      status: 503,
      headers: { 'retry-after': retryAfter },
      body: { code: 'registry_unavailable', detail: 'The shared state cannot be reached now.' },
    });

    it('does so, and gets in', async () => {
      const usual = service.answer;
      service.answer = () => away('2');
      const joined = join();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(service.joins).toHaveLength(1);
      service.answer = usual;
      await vi.advanceTimersByTimeAsync(1_300);
      expect((await joined).state.phase).toBe('live');
      expect(service.joins).toHaveLength(2);
    });

    it('gives the reason once the time is too short for another try', async () => {
      service.answer = () => away('6');
      const refused = refusal();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await refused).toMatchObject({ code: 'service_failed', status: 503 });
      expect(service.joins).toHaveLength(2);
    });

    it('says so at once where that is later than anybody waits', async () => {
      service.answer = () => away('60');
      expect(await refusal()).toMatchObject({ status: 503, retryAfterMs: 60_000 });
    });

    it('stops waiting when the caller gives up', async () => {
      service.answer = () => away('2');
      const controller = new AbortController();
      const refused = refusal({ signal: controller.signal });
      await vi.advanceTimersByTimeAsync(100);
      controller.abort();
      expect((await refused).code).toBe('aborted');
      await vi.advanceTimersByTimeAsync(5_000);
      expect(service.joins).toHaveLength(1);
    });
  });

  it('says so when something else than a directory answers', async () => {
    service.answer = () => ({ status: 200, body: '<html>hello</html>' });
    const error = await refusal();
    expect(error.code).toBe('service_failed');
    expect(error.message).toContain('not as a Partyline directory');
  });

  it('says why nothing answers', async () => {
    service.answer = () => {
      throw new Error('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    };
    expect(await refusal()).toMatchObject({
      code: 'unreachable',
      message: 'Nothing answers at http://127.0.0.1:8080 (ECONNREFUSED).',
    });
  });

  it.each(['', 'two words', '-x'])('refuses the room name "%s" without asking', async (room) => {
    expect((await refusal({ room })).code).toBe('invalid_option');
    expect(service.joins).toHaveLength(0);
  });

  it('refuses a URL that is none', async () => {
    expect((await refusal({ url: 'localhost:8080' })).code).toBe('invalid_option');
    expect((await refusal({ url: 'nonsense' })).code).toBe('invalid_option');
  });

  it('gives up after the time-out', async () => {
    service.connect = () => {};
    const refused = refusal({ timeoutMs: 3_000 });
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await refused).code).toBe('timeout');
    expect(service.sockets.every(({ closed }) => closed)).toBe(true);
  });

  it('gives up when its signal is aborted', async () => {
    service.connect = () => {};
    const controller = new AbortController();
    const refused = refusal({ signal: controller.signal });
    await vi.advanceTimersByTimeAsync(100);
    controller.abort();
    expect((await refused).code).toBe('aborted');
  });

  it('goes to a fall-back edge when the first cannot be reached', async () => {
    service.connect = (socket) => (socket.url.includes('edge-b') ? service.open(socket) : socket.drop(1006));
    const room = await join();
    expect(room.state).toMatchObject({ phase: 'live', edge: 'edge-b' });
  });
});
