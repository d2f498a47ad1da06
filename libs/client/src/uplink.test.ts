import { asksReceipt, decodeMedia, FLAG_SPURT_END, FLAG_SPURT_START, type Frame } from '@partyline/protocol';
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
  confirmsMedia = false;
  mediaSequence = 0;
  lastFrame: number | undefined;
  accepts = true;
  /** Messages that asked for word of their arrival, and who gives it. */
  readonly asked: number[] = [];
  answers: (sequence: number) => void = () => {};
  readonly messages: { sequence: number; frame: Frame }[] = [];

  sendMedia(bytes: Uint8Array): boolean {
    if (!this.accepts) return false;
    const decoded = decodeMedia(bytes);
    if (!decoded.ok) throw new Error(decoded.fault);
    const { sequence } = decoded.header;
    this.messages.push({ sequence, frame: decoded.frames[0]! });
    if (asksReceipt(bytes)) {
      this.asked.push(sequence);
      setTimeout(() => this.answers(sequence), 10);
    }
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
    // Half the deadline by then: it has been in the way for too long to be a moment's stall.
    expect(socket.sequences.length).toBeGreaterThanOrEqual(4);
    expect(socket.sequences.length).toBeLessThanOrEqual(11);
    expect(socket.sequences.at(-1)).toBe(18);
    expect(uplink.stats.droppedFrames).toBe(20 - socket.sequences.length);
  });

  it('leaves out what waited for long before it came here: a page that was frozen finds old voice in its queues', () => {
    const say = (agoMs: number): boolean => uplink.publish(voice({ capturedAtMs: Date.now() - agoMs }));
    for (let i = 0; i < 5; i += 1) {
      vi.advanceTimersByTime(20);
      expect(say(35)).toBe(true);
    }
    vi.advanceTimersByTime(10_000);
    for (let agoMs = 10_000; agoMs > 700; agoMs -= 20) expect(say(agoMs)).toBe(false);
    expect(say(35)).toBe(true);
    // Numbers are used up all the same: listeners see a gap and no pause.
    expect(socket.sequences).toEqual([65_535, 0, 1, 2, 3, 469]);
    expect(uplink.stats.droppedFrames).toBe(465);
  });

  it('takes a source whose clock is off, or jumps, as it is after 3 s', () => {
    const heard = (): number => socket.messages.length;
    const say = (aheadMs: number): void => {
      vi.advanceTimersByTime(20);
      uplink.publish(voice({ capturedAtMs: Date.now() + aheadMs }));
    };
    for (let i = 0; i < 10; i += 1) say(3_600_000);
    expect(heard()).toBe(10);
    for (let i = 0; i < 200; i += 1) say(0);
    expect(heard()).toBeGreaterThan(10 + 45);
    expect(heard()).toBeLessThan(10 + 60);
  });

  it('asks the edge five times a second for word of what arrived, and with every frame once it is late', () => {
    socket = new Sink();
    socket.confirmsMedia = true;
    uplink.connect(socket, 77);
    const say = (frames: number): void => {
      for (let i = 0; i < frames; i += 1) {
        uplink.publish(voice({ capturedAtMs: Date.now() }));
        vi.advanceTimersByTime(20);
      }
    };
    socket.answers = (sequence) => uplink.receipt(sequence, socket);
    say(50);
    expect(socket.asked.length).toBe(5);
    expect(uplink.stats).toMatchObject({ unconfirmedBytes: 9 * 112, queueMs: 0 });
    socket.answers = () => {};
    say(30);
    const late = socket.asked.length - 5;
    expect(late).toBeGreaterThan(4);
    expect(uplink.stats.queueMs).toBeGreaterThan(100);
    // And hands over no more once it is 150 ms late.
    expect(socket.messages.length).toBeLessThan(50 + 20);
    expect(uplink.pace.maxBitrateBps).toBeLessThanOrEqual(20_000);
    vi.advanceTimersByTime(300);
    expect(uplink.stats.droppedFrames).toBe(80 - socket.messages.length);
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
