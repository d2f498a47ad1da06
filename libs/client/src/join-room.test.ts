import { CLOSE } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, frame, participant } from '../test/fake-service.ts';
import type { PartylineError } from './errors.ts';
import { joinRoom } from './join-room.ts';
import type { JoinRoomOptions } from './options.ts';
import type { ReceivedFrame, Room, RoomState } from './room-types.ts';

const CAPTURE = { capturedAtMs: 5_000, durationMs: 20, levelDbov: 30, active: true };

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

  describe('once in the room', () => {
    let room: Room;
    let states: RoomState[];
    beforeEach(async () => {
      room = await join();
      states = [];
      room.on('state', (state) => states.push(state));
    });

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

    it('takes 2 s without a word for a lost connection (rule 29)', async () => {
      await vi.advanceTimersByTimeAsync(1_500);
      service.socket.say({ type: 'heartbeat', time: 1 });
      await vi.advanceTimersByTimeAsync(1_900);
      expect(room.state.phase).toBe('live');
      await vi.advanceTimersByTimeAsync(600);
      expect(states[0]).toMatchObject({ phase: 'reconnecting', reason: { code: 'edge_gone' } });
      expect(service.sockets[0]?.closed).toBe(true);
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

    it('gives frames on in order, without its own, and acknowledges them (rules 19 and 41)', async () => {
      const frames: ReceivedFrame[] = [];
      room.on('frame', (received) => frames.push(received));
      service.socket.say({ type: 'participants', joined: [participant(2)], listeners: 4 });
      service.socket.forward(7, 101, [frame({ sequence: 10 }), frame({ sequence: 3, streamId: 1 })]);
      service.socket.forward(7, 102, [frame({ sequence: 13 }), frame({ sequence: 13 })]);
      expect(
        frames.map(({ identity, lostBefore, frame: { sequence } }) => [identity, sequence, lostBefore]),
      ).toEqual([
        ['person-2', 10, 0],
        ['person-2', 13, 2],
      ]);
      await vi.advanceTimersByTimeAsync(400);
      // The first at once, for the edge has waited since it subscribed; then every 200 ms.
      expect(service.socket.sent('ack')).toEqual([
        { type: 'ack', topic: 7, sequence: 101 },
        { type: 'ack', topic: 7, sequence: 102 },
      ]);
      expect(room.getStats().downlink).toMatchObject({
        receivedFrames: 2,
        lostFrames: 2,
        duplicateFrames: 1,
      });
      expect(room.listeners).toBe(4);
    });

    it('acknowledges at once when paused, and counts what was skipped apart from losses (rule 42)', () => {
      service.socket.forward(7, 101, [frame({ sequence: 10 })]);
      service.socket.say({ type: 'paused', topic: 7, sequence: 101 });
      expect(service.socket.sent('ack')).toEqual([{ type: 'ack', topic: 7, sequence: 101 }]);
      service.socket.say({ type: 'subscribed', topic: 7, sequence: 131, skippedFrames: 30 });
      service.socket.forward(7, 132, [frame({ sequence: 41 })]);
      expect(room.getStats().downlink).toMatchObject({ receivedFrames: 2, lostFrames: 0, skippedFrames: 30 });
    });

    it('hears itself in echo mode only', () => {
      const heard: number[] = [];
      room.on('frame', ({ streamId }) => heard.push(streamId));
      service.socket.forward(7, 101, [frame({ streamId: 1, sequence: 1 })]);
      room.setEcho(true);
      service.socket.forward(7, 102, [frame({ streamId: 1, sequence: 2 })]);
      expect(heard).toEqual([1]);
    });

    it('counts malformed media and goes on', () => {
      service.socket.onmessage?.({ data: Uint8Array.of(0x11, 1, 2).buffer });
      service.socket.onmessage?.({ data: 'no json' });
      expect(room.getStats().downlink.malformedMessages).toBe(1);
      expect(room.state.phase).toBe('live');
    });

    it('sends nothing while muted, by itself or by a moderator', () => {
      const moderated: boolean[] = [];
      room.on('moderated', ({ muted }) => moderated.push(muted));
      const publish = (): boolean => room.publishFrame({ ...CAPTURE, payload: Uint8Array.of(1) });
      expect(publish()).toBe(true);
      room.setMuted(true);
      expect(publish()).toBe(false);
      room.setMuted(false);
      service.socket.say({ type: 'moderated', muted: true });
      expect(publish()).toBe(false);
      service.socket.say({ type: 'moderated', muted: false });
      expect(publish()).toBe(true);
      expect(moderated).toEqual([true, false]);
      expect(service.socket.media).toHaveLength(2);
      expect(service.socket.sent('mute')).toEqual([
        { type: 'mute', muted: true },
        { type: 'mute', muted: false },
      ]);
    });

    it('tells who speaks', () => {
      service.socket.say({ type: 'participants', joined: [participant(2), participant(3)], listeners: 0 });
      service.socket.say({
        type: 'speakers',
        speakers: [
          { streamId: 3, level: 50 },
          { streamId: 2, level: 20 },
        ],
      });
      expect(room.speakers.map(({ name }) => name)).toEqual(['Person 2', 'Person 3']);
      expect(room.participants.map(({ speaking }) => speaking)).toEqual([false, true, true]);
      service.socket.drop(1006);
      expect(room.speakers).toEqual([]);
    });

    it('says to how many a message went', async () => {
      const sent = room.sendData({ text: 'hello', label: 'chat' });
      const [message] = service.socket.sent('data');
      expect(message).toMatchObject({ text: 'hello', label: 'chat' });
      service.socket.say({ type: 'dataAck', id: message!.id, recipients: 3 });
      expect(await sent).toEqual({ recipients: 3 });
    });

    it('receives bytes as they were sent', () => {
      const bytes: (Uint8Array | undefined)[] = [];
      room.on('data', (data) => bytes.push(data.bytes));
      const original = Uint8Array.from({ length: 9_000 }, (_, index) => index);
      void room.sendData({ bytes: original }).catch(() => {});
      const encoded = service.socket.sent('data')[0]!.bytes!;
      service.socket.say({ type: 'data', id: 1, bytes: encoded, from: 'bo', streamId: 2, direct: true });
      expect(bytes).toEqual([original]);
    });

    it('does not send a message again after a lost connection', async () => {
      const sent = room.sendData({ text: 'hello' });
      service.socket.drop(1006);
      await expect(sent).rejects.toMatchObject({ code: 'not_connected' });
      await expect(room.sendData({ text: 'hello' })).rejects.toMatchObject({ code: 'not_connected' });
      await vi.advanceTimersByTimeAsync(300);
      expect(service.socket.sent('data')).toEqual([]);
    });

    it('refuses messages that the protocol does not allow', async () => {
      await expect(room.sendData({})).rejects.toMatchObject({ code: 'invalid_option' });
      await expect(room.sendData({ text: 'x'.repeat(16_385) })).rejects.toMatchObject({
        code: 'invalid_option',
      });
    });

    it('reports what it received, every 2 s, with what the play-out knows', async () => {
      room.setPlayout(() => [
        { streamId: 2, bufferedMs: 30, lateFrames: 1, concealedMs: 0, mouthToEarMs: 71 },
      ]);
      service.socket.forward(7, 101, [frame({ sequence: 1 })]);
      service.socket.forward(7, 102, [frame({ sequence: 3 })]);
      service.socket.say({ type: 'heartbeat', time: 1 });
      await vi.advanceTimersByTimeAsync(1_000);
      service.socket.say({ type: 'heartbeat', time: 1 });
      await vi.advanceTimersByTimeAsync(1_000);
      expect(service.socket.sent('report')[0]?.streams).toMatchObject([
        { streamId: 2, received: 2, lost: 1, late: 1, mouthToEarMs: 71 },
      ]);
      expect(room.getStats()).toMatchObject({
        mouthToEarMs: 71,
        speakers: [{ streamId: 2, bufferedMs: 30 }],
      });
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
      expect(changes).toEqual([['+person-3', '-person-2']]);
    });
  });
});
