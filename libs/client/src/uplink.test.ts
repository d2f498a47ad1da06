import { decodeMedia, FLAG_SPURT_END, FLAG_SPURT_START, type Frame } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { timeOf } from './clock.ts';
import type { OutgoingFrame } from './room-types.ts';
import { systemTimers } from './timers.ts';
import { type MediaSocket, Uplink } from './uplink.ts';

const voice = (more: Partial<OutgoingFrame> = {}): OutgoingFrame => ({
  payload: new Uint8Array(80),
  capturedAtMs: 5_000,
  durationMs: 20,
  levelDbov: 30,
  active: true,
  ...more,
});

class Sink implements MediaSocket {
  bufferedAmount = 0;
  mediaSequence = 0;
  lastFrame: number | undefined;
  accepts = true;
  readonly messages: { sequence: number; frame: Frame }[] = [];

  sendMedia(bytes: Uint8Array): boolean {
    if (!this.accepts) return false;
    const decoded = decodeMedia(bytes);
    if (!decoded.ok) throw new Error(decoded.fault);
    this.messages.push({ sequence: decoded.header.sequence, frame: decoded.frames[0]! });
    return true;
  }

  get sequences(): number[] {
    return this.messages.map(({ frame }) => frame.sequence);
  }
}

describe('Uplink', () => {
  let socket: Sink;
  let uplink: Uplink;
  beforeEach(() => {
    vi.useFakeTimers();
    const clock = { now: () => Date.now(), offsetMs: 0, toCluster: (localMs: number) => localMs };
    const local = timeOf(clock, systemTimers);
    uplink = new Uplink({ deadlineMs: 200, firstSequence: 65_535 }, { local, cluster: clock });
    socket = new Sink();
    uplink.connect(socket, 77);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('numbers frames and messages and writes the stream id', () => {
    for (let i = 0; i < 3; i += 1) uplink.publish(voice());
    expect(socket.sequences).toEqual([65_535, 0, 1]);
    expect(socket.messages.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    expect(socket.messages[0]!.frame).toMatchObject({
      streamId: 77,
      level: 30,
      active: true,
      captureTimeMs: 5_000,
    });
  });

  it('marks where talk spurts start and end', () => {
    uplink.publish(voice());
    uplink.publish(voice({ spurtEnd: true }));
    uplink.publish(voice());
    uplink.pause();
    uplink.publish(voice());
    const flags = socket.messages.map(({ frame }) => frame.flags);
    expect(flags).toEqual([FLAG_SPURT_START, FLAG_SPURT_END, FLAG_SPURT_START, FLAG_SPURT_START]);
  });

  it('goes on numbering across connections', () => {
    uplink.publish(voice());
    uplink.disconnect();
    expect(uplink.publish(voice())).toBe(false);
    const next = new Sink();
    uplink.connect(next, 77);
    uplink.publish(voice());
    expect(next.sequences).toEqual([1]);
    expect(next.messages[0]!.sequence).toBe(0);
    expect(uplink.stats).toMatchObject({ sentFrames: 2, droppedFrames: 1 });
  });

  it('goes over to another connection with what waits, and knows what was the last on the first', () => {
    uplink.publish(voice());
    uplink.publish(voice());
    socket.bufferedAmount = 100_000;
    uplink.publish(voice());
    const next = new Sink();
    uplink.connect(next, 77);
    uplink.publish(voice());
    expect(socket.sequences).toEqual([65_535, 0]);
    expect(socket.lastFrame).toBe(0);
    expect(next.sequences).toEqual([1, 2]);
    expect(next.messages.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(uplink.stats.droppedFrames).toBe(0);
  });

  it('lets frames wait for the next connection, not longer than their deadline', async () => {
    uplink.hold();
    for (let i = 0; i < 15; i += 1) {
      expect(uplink.publish(voice())).toBe(true);
      await vi.advanceTimersByTimeAsync(20);
    }
    uplink.connect(socket, 77);
    expect(socket.sequences.at(-1)).toBe(13);
    expect(socket.sequences.length).toBeGreaterThanOrEqual(9);
    expect(uplink.stats.droppedFrames).toBe(15 - socket.sequences.length);
  });

  it('goes on with the numbers of a connection that was taken for lost and speaks again', () => {
    uplink.publish(voice());
    uplink.disconnect();
    uplink.connect(socket, 77);
    uplink.publish(voice());
    expect(socket.messages.map(({ sequence }) => sequence)).toEqual([0, 1]);
  });

  it('drops the oldest by age, not the newest, while the socket is over its deadline', async () => {
    socket.bufferedAmount = 100_000;
    for (let i = 0; i < 20; i += 1) {
      uplink.publish(voice());
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(socket.messages).toHaveLength(0);
    socket.bufferedAmount = 0;
    await vi.advanceTimersByTimeAsync(10);
    expect(socket.sequences.length).toBeGreaterThanOrEqual(9);
    expect(socket.sequences.length).toBeLessThanOrEqual(11);
    expect(socket.sequences.at(-1)).toBe(18);
    expect(uplink.stats.droppedFrames).toBe(20 - socket.sequences.length);
  });

  it('keeps at most 64 frames, however fast they are published', () => {
    socket.bufferedAmount = 100_000;
    for (let i = 0; i < 200; i += 1) uplink.publish(voice());
    expect(uplink.stats.droppedFrames).toBe(136);
  });

  it('counts what a closing socket refuses', () => {
    socket.accepts = false;
    uplink.publish(voice());
    expect(uplink.stats).toMatchObject({ sentFrames: 0, droppedFrames: 1 });
  });

  it('refuses a payload that no reader would accept', () => {
    expect(() => uplink.publish(voice({ payload: new Uint8Array(1_501) }))).toThrow(/at most 1500 bytes/);
  });
});
