import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, frame, participant } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { ReceivedFrame, Room } from './room-types.ts';

const CAPTURE = { capturedAtMs: 5_000, durationMs: 20, levelDbov: 30, active: true };

describe('a room', () => {
  let service: FakeService;
  let room: Room;

  beforeEach(async () => {
    vi.useFakeTimers();
    service = new FakeService();
    room = await joinRoom({
      url: 'http://127.0.0.1:8080/base',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives frames on in order, without its own, and acknowledges them (rules 19 and 41)', async () => {
    const frames: ReceivedFrame[] = [];
    room.on('frame', (received) => frames.push(received));
    service.socket.say({ type: 'participants', joined: [participant(2)], listeners: 4 });
    service.socket.forward(7, 101, [frame({ sequence: 10 }), frame({ sequence: 3, streamId: 1 })]);
    service.socket.forward(7, 102, [frame({ sequence: 13 }), frame({ sequence: 13 })]);
    // What is missing is waited for a moment.
    await vi.advanceTimersByTimeAsync(40);
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
    // Three bytes each: an edge would close the connection for a message as long as that.
    await expect(room.sendData({ text: '名'.repeat(5_462) })).rejects.toMatchObject({
      code: 'invalid_option',
    });
  });

  it('reports what it received, every 2 s, with what the play-out knows', async () => {
    room.setPlayout(() => [
      { streamId: 2, bufferedMs: 30, bufferTargetMs: 40, lateFrames: 1, concealedMs: 0, mouthToEarMs: 71 },
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
      speakers: [{ streamId: 2, bufferedMs: 30, bufferTargetMs: 40 }],
    });
  });
});
