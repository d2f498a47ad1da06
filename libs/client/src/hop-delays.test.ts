import { FLAG_PRE_ROLL, wireMs, wireUs } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeService, frame } from '../test/fake-service.ts';
import { joinRoom } from './join-room.ts';
import type { Room } from './room-types.ts';

describe("the parts of a frame's way in getStats()", () => {
  let service: FakeService;
  let room: Room;
  let message = 100;
  let sequence = 0;

  /** A frame that took `upMs` to the first edge, `insideMs` through edges and `downMs` to here. */
  const forward = (upMs: number, insideMs: number, downMs: number, flags = 0): void => {
    message += 1;
    sequence += 1;
    const nowMs = room.clock.now();
    const sentMs = nowMs - downMs;
    const ingressMs = sentMs - insideMs;
    const captureTimeMs = wireMs(ingressMs - upMs);
    const stamps = { ingressAtUs: wireUs(ingressMs), sentAtUs: wireUs(sentMs) };
    service.socket.forward(7, message, [frame({ sequence, captureTimeMs, flags })], stamps);
  };
  const speaker = () => room.getStats().speakers[0];

  beforeEach(async () => {
    vi.useFakeTimers();
    service = new FakeService();
    message = 100;
    sequence = 0;
    const joining = joinRoom({ url: 'http://127.0.0.1:8080', room: 'lobby', network: service.network });
    await vi.advanceTimersByTimeAsync(0);
    room = await joining;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are those that the stamps tell', () => {
    forward(31, 4, 12);
    const { uplinkMs, edgeMs, downlinkMs } = speaker()!;
    expect(uplinkMs).toBeCloseTo(31, -0.5);
    expect(edgeMs).toBeCloseTo(4, 1);
    expect(downlinkMs).toBeCloseTo(12, 1);
  });

  it('follow a change within a second of voice, each for itself', () => {
    for (let at = 0; at < 50; at += 1) forward(30, 4, 12);
    for (let at = 0; at < 50; at += 1) forward(30, 4, 112);
    const { uplinkMs, edgeMs, downlinkMs } = speaker()!;
    expect(uplinkMs).toBeCloseTo(30, -0.5);
    expect(edgeMs).toBeCloseTo(4, 1);
    expect(downlinkMs).toBeGreaterThan(105);
    expect(downlinkMs).toBeLessThanOrEqual(112.1);
  });

  it('leave out pre-roll, which is late on purpose', () => {
    forward(30, 200, 12, FLAG_PRE_ROLL);
    expect(speaker()).toMatchObject({ uplinkMs: undefined, edgeMs: undefined, downlinkMs: undefined });
    forward(30, 4, 12);
    expect(speaker()!.edgeMs).toBeCloseTo(4, 1);
  });
});
