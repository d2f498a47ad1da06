import { frameSpanId, frameTraceId, wireUs } from '@partyline/protocol';
import { type FinishedSpan, SpanCounts } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_FOLLOWED_FRAMES, MAX_TRACED_LISTENERS } from '../limits.ts';
import { MediaEdges } from '../relay/relay-fixture.ts';

const ROOM = 'room';
/** Every frame is followed. */
const tracing = () => {
  const spans: FinishedSpan[] = [];
  return {
    frameEvery: 1,
    counts: new SpanCounts(),
    spans,
    record: (span: FinishedSpan) => void spans.push(span),
  };
};

let edges: MediaEdges;
beforeEach(() => {
  edges = new MediaEdges();
});
afterEach(() => edges.stop());

describe('a followed frame', () => {
  it('has one trace over two edges, each span below the one before it, and times that add up', async () => {
    const traces = tracing();
    const [a, b] = await edges.start(2, { tracing: traces });
    const speaker = a.join(ROOM, 1);
    a.join(ROOM, 2);
    b.join(ROOM, 3);
    edges.connect(ROOM);
    const startMs = edges.clock.now();
    const frame = speaker.speak();
    await edges.deliver();

    const byName = new Map(traces.spans.map((span) => [span.name, span]));
    expect([...byName.keys()]).toEqual(['frame', 'capture', 'uplink', 'edge ingress', 'bus', 'edge egress']);
    const traceId = frameTraceId(ROOM, 1, frame.sequence, frame.captureTimeMs);
    for (const span of traces.spans) expect(span.traceId).toBe(traceId);
    const parentOf = (name: string) =>
      traces.spans.find(({ spanId }) => spanId === byName.get(name)?.parentSpanId)?.name;
    expect(['capture', 'uplink', 'edge ingress', 'bus', 'edge egress'].map(parentOf)).toEqual([
      'frame',
      'frame',
      'frame',
      'edge ingress',
      'bus',
    ]);
    expect(byName.get('frame')?.parentSpanId).toBeUndefined();
    expect(byName.get('edge ingress')).toMatchObject({
      startMs,
      attributes: { 'partyline.stream_id': 1, 'partyline.links': 1, 'partyline.listeners': 2 },
    });
    // One leaves off where the next begins.
    expect(byName.get('capture')?.endMs).toBe(byName.get('uplink')?.startMs);
    expect(byName.get('uplink')?.endMs).toBe(byName.get('edge ingress')?.startMs);
    expect(byName.get('bus')?.endMs).toBe(byName.get('edge egress')?.startMs);
    expect(JSON.stringify(traces.spans)).not.toContain(`"${ROOM}"`);
  });

  it('goes on to listeners by what their clients say, a few of them on each edge', async () => {
    const traces = tracing();
    const [a, b] = await edges.start(2, { tracing: traces });
    const speaker = a.join(ROOM, 1);
    edges.connect(ROOM);
    const listeners = Array.from({ length: MAX_TRACED_LISTENERS + 2 }, (_, i) => b.join(ROOM, 10 + i));
    const { sequence, captureTimeMs } = speaker.speak();
    await edges.deliver();
    traces.spans.length = 0;
    const nowMs = edges.clock.now();
    const told = {
      streamId: 1,
      sequence,
      captureTimeMs,
      sentAtUs: wireUs(nowMs),
      arrivedMs: nowMs + 5,
      playedMs: nowMs + 65,
    };
    for (const { member } of listeners) b.traces.reported(b.room(ROOM), member, [told], nowMs + 100);

    expect(traces.spans).toHaveLength(MAX_TRACED_LISTENERS * 2);
    expect(traces.counts.dropped).toBe(2 * 2);
    const [downlink, playout] = traces.spans;
    const traceId = frameTraceId(ROOM, 1, sequence, captureTimeMs);
    const source = b.boot.replaceAll('-', '').slice(0, 16);
    expect(downlink).toMatchObject({
      name: 'downlink',
      traceId,
      parentSpanId: frameSpanId(traceId, 'egress', source),
      attributes: { 'partyline.listener_stream_id': 10, 'partyline.source': 'client' },
    });
    expect(downlink!.endMs - downlink!.startMs).toBeCloseTo(5, 1);
    expect(playout).toMatchObject({ name: 'playout', parentSpanId: downlink!.spanId });
    expect(playout!.endMs - playout!.startMs).toBe(60);
  });

  it('is not believed where a client tells of a stream that is not there, or of another time', async () => {
    const traces = tracing();
    const [a] = await edges.start(2, { tracing: traces });
    a.join(ROOM, 1);
    const { member } = a.join(ROOM, 2);
    const nowMs = edges.clock.now();
    const told = { streamId: 1, sequence: 1, captureTimeMs: 1, sentAtUs: wireUs(nowMs), arrivedMs: nowMs };
    const wrong = [
      { ...told, streamId: 99 },
      { ...told, arrivedMs: nowMs + 60_000 },
      { ...told, arrivedMs: nowMs - 60_000 },
    ];
    a.traces.reported(a.room(ROOM), member, wrong, nowMs);
    expect(traces.spans).toEqual([]);
    a.traces.reported(a.room(ROOM), member, [told], nowMs);
    expect(traces.spans.map(({ name }) => name)).toEqual(['downlink']);
  });

  it('that nobody listens to ends where it arrived, after a second', async () => {
    const traces = tracing();
    const [a] = await edges.start(2, { tracing: traces });
    const speaker = a.join(ROOM, 1, { listens: false });
    speaker.speak();
    expect(traces.spans).toEqual([]);
    expect(a.traces.open).toBe(1);
    edges.clock.advance(1_001);
    a.traces.tick(edges.clock.now());
    expect(a.traces.open).toBe(0);
    expect(traces.spans.at(-1)).toMatchObject({
      name: 'edge ingress',
      attributes: { 'partyline.listeners': 0 },
    });
  });

  it('is given up and counted when too many wait', async () => {
    const traces = tracing();
    const [a] = await edges.start(2, { tracing: traces });
    const speakers = Array.from({ length: 7 }, (_, i) => a.join(ROOM, i + 1, { listens: false }));
    const frames = MAX_FOLLOWED_FRAMES + 3;
    for (let i = 0; i < frames; i++) speakers[i % speakers.length]!.speak();
    expect(a.traces.open).toBe(MAX_FOLLOWED_FRAMES);
    expect(traces.counts.dropped).toBe(3);
  });
});

it('nothing is followed with tracing off', async () => {
  const [a, b] = await edges.start(2);
  const speaker = a.join(ROOM, 1);
  b.join(ROOM, 2);
  edges.connect(ROOM);
  speaker.speak();
  await edges.deliver();
  expect(b.heard(ROOM)).toHaveLength(1);
  expect([a.traces.every, a.traces.open, b.traces.open]).toEqual([0, 0, 0]);
});
