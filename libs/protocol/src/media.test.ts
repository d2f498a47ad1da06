import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askReceipt,
  asksReceipt,
  checkMedia,
  decodeMedia,
  encodeMedia,
  FRAME_HEADER_BYTES,
  type Frame,
  frameEnd,
  MAX_FRAMES_PER_MESSAGE,
  MAX_PAYLOAD_BYTES,
  MESSAGE_HEADER_BYTES,
  MUTABLE_FLAGS,
  setMutableFlags,
} from './media.ts';

const frameArbitrary: fc.Arbitrary<Frame> = fc.record({
  flags: fc.integer({ min: 0, max: 255 }),
  codec: fc.integer({ min: 0, max: 255 }),
  level: fc.integer({ min: 0, max: 127 }),
  active: fc.boolean(),
  durationMs: fc.integer({ min: 0, max: 255 }).map((units) => units * 2.5),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  streamId: fc.integer({ min: 1, max: 0xffff_ffff }),
  captureTimeMs: fc.integer({ min: 0, max: 0xffff_ffff }),
  payload: fc.uint8Array({ maxLength: 300 }),
});
const headerArbitrary = fc.record({
  topic: fc.integer({ min: 0, max: 0xffff }),
  sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
  ingressAtUs: fc.integer({ min: 0, max: 0xffff_ffff }),
  sentAtUs: fc.integer({ min: 0, max: 0xffff_ffff }),
});
const frame: Frame = {
  flags: 0,
  codec: 1,
  level: 30,
  active: true,
  durationMs: 20,
  sequence: 7,
  streamId: 9,
  captureTimeMs: 1234,
  payload: new Uint8Array([1, 2, 3]),
};
const header = { topic: 0, sequence: 1, ingressAtUs: 0, sentAtUs: 5 };

describe('media message', () => {
  it('rules 10–16: what is encoded comes back from decoding', () => {
    fc.assert(
      fc.property(
        headerArbitrary,
        fc.array(frameArbitrary, { minLength: 1, maxLength: 8 }),
        (head, frames) => {
          expect(decodeMedia(encodeMedia(head, frames))).toEqual({ ok: true, header: head, frames });
        },
      ),
    );
  });

  it('rule 17: decoding never throws and never reads outside, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, plausible) => {
        if (plausible && bytes.length > 0) bytes[0] = 0x11;
        const decoded = decodeMedia(bytes);
        if (!decoded.ok) return;
        const total = decoded.frames.reduce((sum, f) => sum + FRAME_HEADER_BYTES + f.payload.length, 0);
        expect(MESSAGE_HEADER_BYTES + total).toBe(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('rule 17: a message cut anywhere but between frames is refused', () => {
    const whole = encodeMedia(header, [frame, frame]);
    const firstEnd = frameEnd(whole, MESSAGE_HEADER_BYTES);
    for (let length = 0; length < whole.length; length += 1) {
      if (length === firstEnd) continue;
      expect(typeof checkMedia(whole.subarray(0, length)), `cut at ${length}`).toBe('string');
    }
    expect(checkMedia(whole.subarray(0, firstEnd))).toBe(1);
  });

  it('rule 11: names the fault of unknown versions and types', () => {
    const bytes = encodeMedia(header, [frame]);
    bytes[0] = 0x21;
    expect(checkMedia(bytes)).toBe('unknown_version');
    bytes[0] = 0x12;
    expect(checkMedia(bytes)).toBe('unknown_type');
  });

  it('rule 47: a message may ask for word of its arrival, and is the same to every reader otherwise', () => {
    const bytes = encodeMedia(header, [frame]);
    expect(asksReceipt(bytes)).toBe(false);
    const asking = bytes.slice();
    askReceipt(asking);
    expect(asksReceipt(asking)).toBe(true);
    expect(decodeMedia(asking)).toEqual(decodeMedia(bytes));
    expect(checkMedia(asking)).toBe(1);
  });

  it('rules 14 and 15: names the fault of oversized payloads, stream 0 and too many frames', () => {
    const large = encodeMedia(header, [frame]);
    large[MESSAGE_HEADER_BYTES] = 0xff;
    expect(checkMedia(large)).toBe('payload_too_large');
    expect(checkMedia(encodeMedia(header, [{ ...frame, streamId: 0 }]))).toBe('zero_stream');
    const many = encodeMedia(
      header,
      Array.from({ length: MAX_FRAMES_PER_MESSAGE }, () => frame),
    );
    const one = encodeMedia(header, [frame]).subarray(MESSAGE_HEADER_BYTES);
    const tooMany = new Uint8Array(many.length + one.length);
    tooMany.set(many);
    tooMany.set(one, many.length);
    expect(checkMedia(tooMany)).toBe('too_many_frames');
    expect(checkMedia(many.subarray(0, MESSAGE_HEADER_BYTES))).toBe('no_frames');
  });

  it('refuses to encode what no reader would take', () => {
    expect(() => encodeMedia(header, [])).toThrow(RangeError);
    const payload = new Uint8Array(MAX_PAYLOAD_BYTES + 1);
    expect(() => encodeMedia(header, [{ ...frame, payload }])).toThrow(/at most 1500 bytes/);
  });

  it('rule 16: only the mutable flags can be rewritten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (before, wanted) => {
        const bytes = encodeMedia(header, [{ ...frame, flags: before }]);
        const original = bytes.slice();
        setMutableFlags(bytes, MESSAGE_HEADER_BYTES, wanted);
        const after = bytes[MESSAGE_HEADER_BYTES + 2]!;
        expect(after & MUTABLE_FLAGS).toBe(wanted & MUTABLE_FLAGS);
        expect(after & ~MUTABLE_FLAGS).toBe(before & ~MUTABLE_FLAGS);
        original[MESSAGE_HEADER_BYTES + 2] = after;
        expect(bytes).toEqual(original);
      }),
    );
  });
});
