import { CLOSE, decodeMedia } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallFixture, move } from '../test/call-fixture.ts';
import { type FakeService, type FakeSocket, frame, participant } from '../test/fake-service.ts';
import type { Room, RoomState } from './room-types.ts';

const sequencesOf = (socket: FakeSocket): number[] =>
  socket.media.map((bytes) => {
    const decoded = decodeMedia(bytes);
    return decoded.ok ? decoded.frames[0]!.sequence : -1;
  });

describe('a room whose edge asks it to move', () => {
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

  it('opens a second connection and goes over when it is ready (rules 60, 61 and 63)', async () => {
    room.setMuted(true);
    room.setMuted(false);
    room.setEcho(true);
    room.subscribe(2, 'always');
    call.speak();
    first.say(move());
    await call.settle();
    const second = service.socket;
    expect(service.joins).toHaveLength(1);
    expect(second.url).toBe('ws://edge-b.test/v1/ws');
    expect(second.sent('hello')[0]).toMatchObject({ ticket: 'moving-ticket', shadow: true });
    expect(second.sent('hello')[0]).not.toHaveProperty('resumeKey');
    expect(second.sent('echo')).toHaveLength(1);
    expect(second.sent('subscribe')).toEqual([{ type: 'subscribe', streamId: 2, mode: 'always' }]);
    call.speak();
    expect(sequencesOf(second)).toEqual([]);
    expect(first.sent('handover')).toEqual([]);

    second.say({ type: 'ready' });
    await call.settle();
    const last = sequencesOf(first).at(-1);
    expect(first.sent('handover')).toEqual([{ type: 'handover', last }]);
    call.speak();
    expect(sequencesOf(first)).toHaveLength(2);
    expect(sequencesOf(second)).toEqual([(last! + 1) & 0xffff]);
    expect(states).toEqual([{ phase: 'live', edge: 'edge-b', ready: true }]);
    expect(room.getStats()).toMatchObject({ moves: 1, reconnects: 0 });
    expect(first.closed).toBe(false);
    await call.wait(300);
    expect(first.closeCode).toBe(1_000);
    expect(first.sent('leave')).toEqual([]);
    expect(room.getStats().uplink.droppedFrames).toBe(0);
  });

  it('hands over without a number when it has sent nothing', async () => {
    service.readyAtOnce = true;
    first.say(move());
    await call.settle();
    expect(first.sent('handover')).toEqual([{ type: 'handover' }]);
  });

  it('tells both edges what is set meanwhile', async () => {
    first.say(move());
    await call.settle();
    room.setMuted(true);
    room.subscribe(2, 'never');
    for (const socket of [first, service.socket]) {
      expect(socket.sent('mute')).toEqual([{ type: 'mute', muted: true }]);
      expect(socket.sent('subscribe')).toEqual([{ type: 'subscribe', streamId: 2, mode: 'never' }]);
    }
  });

  it('mutes an edge that it told otherwise while the welcome was on its way', async () => {
    service.connect = (socket) => {
      socket.onText = (message) => {
        if (message.type !== 'hello') return;
        room.setMuted(true);
        queueMicrotask(() => service.greet(socket));
      };
      socket.onopen?.();
    };
    first.say(move());
    await call.settle();
    expect(service.socket.sent('mute')).toEqual([{ type: 'mute', muted: true }]);
  });

  it('hears each frame once and acknowledges it on the connection it came by (rules 41 and 62)', async () => {
    first.forward(7, 101, [frame({ sequence: 10 })]);
    first.say(move());
    await call.settle();
    const second = service.socket;
    second.say({ type: 'subscribed', topic: 3, sequence: 500, skippedFrames: 0 });
    first.forward(7, 102, [frame({ sequence: 11 })]);
    // The new path is ahead: 13 comes before 12 has come by the old one.
    second.forward(3, 501, [frame({ sequence: 13 })]);
    first.forward(7, 103, [frame({ sequence: 12 })]);
    first.forward(7, 104, [frame({ sequence: 13 })]);
    second.forward(3, 502, [frame({ sequence: 14 })]);
    expect(call.heard.map(({ frame: { sequence } }) => sequence)).toEqual([10, 11, 12, 13, 14]);
    expect(room.getStats().downlink).toMatchObject({
      receivedFrames: 5,
      duplicateFrames: 1,
      lostFrames: 0,
      lateFrames: 0,
    });
    await call.wait(400);
    expect(first.sent('ack').at(-1)).toEqual({ type: 'ack', topic: 7, sequence: 104 });
    expect(second.sent('ack').at(-1)).toEqual({ type: 'ack', topic: 3, sequence: 502 });
  });

  it('keeps the old downlink until each speaker was heard twice on the new one, 1 s at most (rule 64)', async () => {
    first.forward(7, 101, [frame({ sequence: 10 })]);
    service.readyAtOnce = true;
    first.say(move());
    await call.settle();
    const second = service.socket;
    await call.wait(300);
    expect(first.closed).toBe(false);
    first.forward(7, 102, [frame({ sequence: 11 })]);
    second.forward(7, 101, [frame({ sequence: 11 })]);
    await call.wait(100);
    expect(first.closed).toBe(false);
    second.forward(7, 102, [frame({ sequence: 12 })]);
    await call.wait(100);
    expect(first.closed).toBe(true);
    expect(call.heard.map(({ frame: { sequence } }) => sequence)).toEqual([10, 11, 12]);
  });

  it('closes the old connection after 1 s when a speaker has stopped', async () => {
    first.forward(7, 101, [frame({ sequence: 10 })]);
    service.readyAtOnce = true;
    first.say(move());
    await call.wait(900);
    expect(first.closed).toBe(false);
    await call.wait(200);
    expect(first.closed).toBe(true);
  });

  it.each([CLOSE.superseded, CLOSE.goingAway, CLOSE.left, 1006])(
    'takes any end of the old connection for its proper one: %i (rule 65)',
    async (code) => {
      service.readyAtOnce = true;
      first.say(move());
      await call.settle();
      first.drop(code);
      await call.wait(500);
      expect(states).toEqual([{ phase: 'live', edge: 'edge-b', ready: true }]);
      expect(service.sockets).toHaveLength(2);
      expect(call.speak()).toBe(true);
      expect(service.socket.media).toHaveLength(1);
    },
  );

  it('announces nobody as left whom the new edge does not know yet, and everybody else once', async () => {
    const changes: string[] = [];
    room.on('participants', ({ joined, updated, left }) => {
      changes.push(...joined.map(({ identity }) => `+${identity}`));
      changes.push(...updated.map(({ identity }) => `~${identity}`));
      changes.push(...left.map(({ identity }) => `-${identity}`));
    });
    // Not even itself: a shadow is announced to nobody.
    service.welcome = { participants: [participant(3)] };
    first.say(move());
    await call.settle();
    service.socket.say({ type: 'participants', joined: [participant(4)], listeners: 0 });
    expect(changes).toEqual([]);
    service.socket.say({ type: 'ready' });
    await call.settle();
    expect(changes).toEqual(['+person-3', '+person-4']);
    service.socket.say({ type: 'participants', joined: [participant(2)], listeners: 0 });
    // What the old edge says from here on is of another room's view.
    first.say({ type: 'participants', left: [1, 2, 3, 4], listeners: 0 });
    await call.wait(5_000);
    expect(changes).toEqual(['+person-3', '+person-4']);
    expect(room.participants.map(({ streamId }) => streamId).sort()).toEqual([1, 2, 3, 4]);
  });

  it('says good-bye after 3 s to whom the new edge never named', async () => {
    const left: string[] = [];
    room.on('participants', (change) => left.push(...change.left.map(({ identity }) => identity)));
    service.welcome = { participants: [participant(1, { identity: 'ada' })] };
    service.readyAtOnce = true;
    first.say(move());
    await call.wait(2_900);
    expect(left).toEqual([]);
    await call.wait(200);
    expect(left).toEqual(['person-2']);
  });

  it('hands on a message that comes by both connections once (rule 62)', async () => {
    const texts: (string | undefined)[] = [];
    room.on('data', ({ text }) => texts.push(text));
    first.say(move());
    await call.settle();
    const data = { type: 'data', from: 'bo', streamId: 2, direct: false } as const;
    first.say({ ...data, id: 1, text: 'one' });
    service.socket.say({ ...data, id: 1, text: 'one' });
    service.socket.say({ ...data, id: 2, text: 'two' });
    first.say({ ...data, id: 2, text: 'two' });
    first.say({ ...data, id: 2, text: 'another two' });
    expect(texts).toEqual(['one', 'two', 'another two']);
  });

  it('still gets the answer to a message that it sent before', async () => {
    const sent = room.sendData({ text: 'hello' });
    service.readyAtOnce = true;
    first.say(move());
    await call.settle();
    first.say({ type: 'dataAck', id: 1, recipients: 2 });
    expect(await sent).toEqual({ recipients: 2 });
  });

  it('leaves on every connection (rule 65)', async () => {
    first.say(move());
    await call.settle();
    const second = service.socket;
    void room.leave();
    expect(first.sent('leave')).toHaveLength(1);
    expect(second.sent('leave')).toHaveLength(1);
    second.say({ type: 'ready' });
    await call.wait(1_100);
    expect(room.state).toEqual({ phase: 'closed', reason: undefined });
    expect(service.sockets.every(({ closed }) => closed)).toBe(true);
  });

  it('keeps its clock from jumping by what two edges differ', async () => {
    service.aheadMs = { 'edge-b': 540 };
    first.say(move());
    await call.wait(300);
    const beforeMs = room.clock.offsetMs;
    service.socket.say({ type: 'ready' });
    await call.settle();
    expect(room.clock.offsetMs).toBeCloseTo(beforeMs, 3);
    await room.whenReady();
    await call.wait(10_000);
    expect(room.clock.offsetMs).toBeCloseTo(540, 3);
  });
});
