/** The few bytes of RFC 6455 that a load generator needs, read and written by index. */
export const OPCODE_TEXT = 1;
export const OPCODE_BINARY = 2;
export const OPCODE_CLOSE = 8;
export const OPCODE_PING = 9;
export const OPCODE_PONG = 10;

/** Bytes before the payload of a client's frame of up to 125 bytes: two of header and a mask. */
export const SHORT_HEADER_BYTES = 6;

/** Takes what {@link walkFrames} finds: the payload is `bytes[start, end)`, valid during the call only. */
export interface FrameSink {
  frame(opcode: number, bytes: Buffer, start: number, end: number): void;
}

/**
 * Hands each whole frame of `bytes[0, length)` to `sink` and returns how many bytes that took; the rest is the
 * beginning of a frame that is still under way. Servers neither mask nor, with these message sizes, fragment.
 */
export const walkFrames = (bytes: Buffer, length: number, sink: FrameSink): number => {
  let o = 0;
  while (o + 2 <= length) {
    let payload = bytes[o + 1]! & 0x7f;
    let start = o + 2;
    if (payload === 126) {
      if (o + 4 > length) break;
      payload = (bytes[o + 2]! << 8) | bytes[o + 3]!;
      start = o + 4;
    } else if (payload === 127) {
      if (o + 10 > length) break;
      payload = (bytes[o + 6]! << 24) | (bytes[o + 7]! << 16) | (bytes[o + 8]! << 8) | bytes[o + 9]!;
      start = o + 10;
    }
    const end = start + payload;
    if (end > length) break;
    sink.frame(bytes[o]! & 0x0f, bytes, start, end);
    o = end;
  }
  return o;
};

/**
 * A whole client frame around `payload`. The mask is zero, which RFC 6455 allows and which leaves the bytes as they
 * are; a server unmasks it at the same cost as any other.
 */
export const clientFrame = (opcode: number, payload: Uint8Array): Buffer => {
  const header = payload.length < 126 ? SHORT_HEADER_BYTES : SHORT_HEADER_BYTES + 2;
  if (payload.length > 0xffff) throw new RangeError(`a client frame here holds at most 65535 bytes`);
  const frame = Buffer.alloc(header + payload.length);
  frame[0] = 0x80 | opcode;
  if (payload.length < 126) frame[1] = 0x80 | payload.length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(payload.length, 2);
  }
  frame.set(payload, header);
  return frame;
};

export const clientText = (text: string): Buffer => clientFrame(OPCODE_TEXT, Buffer.from(text, 'utf8'));
