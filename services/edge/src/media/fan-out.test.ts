import { encodeMedia, MESSAGE_HEADER_BYTES, type RoomId } from '@partyline/protocol';
import { ManualClock } from '@partyline/runtime';
import { FieldHistogram, TRACING_OFF } from '@partyline/telemetry';
import { describe, expect, it } from 'vitest';
import { EdgeCounters } from '../counters.ts';
import { Room } from '../rooms/room.ts';
import { FanOut } from './fan-out.ts';
import { FrameTraces } from './frame-traces.ts';
import { Lanes } from './lanes.ts';
import { Topic, TopicIds } from './topic.ts';

const voice = (): Uint8Array =>
  encodeMedia({ topic: 0, sequence: 0, ingressAtUs: 0, sentAtUs: 0 }, [
    {
      flags: 0,
      codec: 1,
      level: 20,
      active: true,
      durationMs: 20,
      sequence: 1,
      streamId: 1,
      captureTimeMs: 0,
      payload: new Uint8Array(20),
    },
  ]);

const setUp = () => {
  const counters = new EdgeCounters();
  const clock = new ManualClock(1_700_000_000_000);
  const publisher = { publishBinary: () => undefined, publishText: () => undefined };
  const latency = { ingress: new FieldHistogram(), egress: new FieldHistogram() };
  const traces = new FrameTraces('0123456789abcdef', TRACING_OFF);
  const fanOut = new FanOut(
    { coalesceMaxMs: 10, stageCoalesceMaxMs: 20, stageListeners: 500 },
    { clock, counters, publisher, lanes: new Lanes(counters, new TopicIds()), latency, traces },
  );
  const room = new Room('room' as RoomId, new Topic(7), 3, counters, publisher);
  room.listening = 1;
  room.attached = 1;
  const append = (byBus: boolean) => {
    const bytes = voice();
    const nowMs = clock.now();
    fanOut.append(room, bytes, MESSAGE_HEADER_BYTES, bytes.length, 0, nowMs - (byBus ? 30 : 0), nowMs, byBus);
  };
  return { counters, clock, latency, fanOut, room, append };
};

describe('time in an edge', () => {
  it('is measured of every frame, not of the oldest one of a message, and by where it came from', () => {
    const { clock, latency, fanOut, room, append, counters } = setUp();
    append(false);
    clock.advance(4);
    append(true);
    append(false);
    clock.advance(5);
    append(true);
    expect(fanOut.pendingFrames).toBe(4);
    clock.advance(1);
    fanOut.flush(room);
    expect(latency.ingress.count).toBe(2);
    expect(latency.ingress.sum).toBeCloseTo((10 + 6) / 1000, 6);
    expect(latency.egress.count).toBe(2);
    expect(latency.egress.sum).toBeCloseTo((6 + 1) / 1000, 6);
    expect(fanOut.pendingFrames).toBe(0);
    expect(counters).toMatchObject({ forwardedFrames: 4, publishedMessages: 1 });
  });

  it('is that of its one frame where a message goes on as it came', () => {
    const { clock, latency, fanOut, room } = setUp();
    const arrivedAtMs = clock.now();
    clock.advance(3);
    fanOut.publish(room, voice(), arrivedAtMs);
    expect(latency.ingress.count).toBe(1);
    expect(latency.ingress.sum).toBeCloseTo(0.003, 6);
    expect(latency.egress.count).toBe(0);
  });
});
