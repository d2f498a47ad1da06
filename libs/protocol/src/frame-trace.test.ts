import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameSpan, frameSpanId, frameTraceId, frameTraceparent } from './frame-trace.ts';

describe('the trace of a frame', () => {
  it('has ids of the form that W3C trace context asks for', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(
        fc.string(),
        u32,
        fc.integer({ min: 0, max: 0xffff }),
        u32,
        (room, stream, sequence, time) => {
          const traceId = frameTraceId(room, stream, sequence, time);
          expect(traceId).toMatch(/^[0-9a-f]{32}$/);
          expect(frameSpanId(traceId, 'frame')).toMatch(/^[0-9a-f]{16}$/);
          expect(frameTraceparent(room, stream, sequence, time)).toBe(
            `00-${traceId}-${frameSpanId(traceId, 'frame')}-01`,
          );
        },
      ),
    );
  });

  it('is the same everywhere for the same frame (golden ids)', () => {
    const traceId = frameTraceId('lobby', 7, 65_535, 4_294_967_295);
    expect(traceId).toBe('c5de2f563607083e2013041ddfbb0ea5');
    expect(frameSpanId(traceId, 'bus', '0123456789abcdef')).toBe('d74f0bd4630b10ca');
  });

  it('differs for neighbouring frames, streams, times and rooms', () => {
    const ids = new Set<string>();
    let frames = 0;
    for (const room of ['a', 'b', 'aa']) {
      for (let stream = 1; stream <= 20; stream += 1) {
        for (let sequence = 0; sequence < 200; sequence += 1) {
          for (const time of [sequence * 20, sequence * 20 + 1]) {
            ids.add(frameTraceId(room, stream, sequence, time));
            frames += 1;
          }
        }
      }
    }
    expect(ids.size).toBe(frames);
    // Half of the digits must do as well: some receivers choose traces by them.
    expect(new Set([...ids].map((id) => id.slice(16))).size).toBe(frames);
  });

  it('has a span id of its own for each hop and place', () => {
    const traceId = frameTraceId('lobby', 7, 1, 2);
    const hops: FrameSpan[] = [
      'frame',
      'capture',
      'uplink',
      'ingress',
      'bus',
      'egress',
      'downlink',
      'playout',
    ];
    const ids = hops.flatMap((hop) =>
      ['', 'a', 'b', 'a/1', 'a/2'].map((where) => frameSpanId(traceId, hop, where)),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
