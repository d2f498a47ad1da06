/**
 * The binary media message: a 16-byte message header, then one frame or several, each with a 16-byte
 * header of its own. `docs/protocol.md` has the numbered rules. Everything is in network byte order.
 *
 * Readers take a byte array and an offset and return one field: a new DataView per frame costs 40 times
 * as much as an index (measured), and the edge reads every frame of every speaker.
 */

export const PROTOCOL_VERSION = 1;
export const MESSAGE_TYPE_MEDIA = 1;
/** First byte of a media message of this version: version in the high four bits, type in the low four. */
export const MEDIA_FIRST_BYTE = (PROTOCOL_VERSION << 4) | MESSAGE_TYPE_MEDIA;

/** Bytes before the first frame. */
export const MESSAGE_HEADER_BYTES = 16;
/** Bytes before a frame's payload, its u16 payload length included. */
export const FRAME_HEADER_BYTES = 16;
/** The largest payload of one frame in bytes: Opus never exceeds 1,275 bytes a frame (RFC 6716, 3.2.1). */
export const MAX_PAYLOAD_BYTES = 1500;
/** The most frames that one message may hold. */
export const MAX_FRAMES_PER_MESSAGE = 64;
/** The largest media message in bytes. */
export const MAX_MEDIA_MESSAGE_BYTES = 65_536;

/** Frame flags. The three marked mutable may be set or cleared by an edge; encryption does not cover them. */
export const FLAG_SPURT_START = 0x01;
/** The last frame before a pause. */
export const FLAG_SPURT_END = 0x02;
/** Mutable: the stream has just been selected. */
export const FLAG_SELECTION_START = 0x04;
/** Mutable: the last frame before the stream is no longer forwarded. */
export const FLAG_SELECTION_END = 0x08;
/** Mutable: sent late on purpose, to save a first syllable; left out of latency figures. */
export const FLAG_PRE_ROLL = 0x10;
/** Comfort noise or silence of the codec (Opus: RFC 6716, 2.1.9). */
export const FLAG_DTX = 0x20;
/** The payload holds a copy of the frame before (Opus: RFC 6716, 2.1.7). */
export const FLAG_FEC = 0x40;
/** The payload is encrypted end to end. */
export const FLAG_ENCRYPTED = 0x80;
export const MUTABLE_FLAGS = FLAG_SELECTION_START | FLAG_SELECTION_END | FLAG_PRE_ROLL;

/** A frame's duration travels in units of 2.5 ms, Opus's smallest frame. */
export const DURATION_UNIT_MS = 2.5;
/** RFC 6464: the level of silence, in −dBov. */
export const LEVEL_SILENCE = 127;
const ACTIVITY_BIT = 0x80;

export interface MediaHeader {
  /** Edge-chosen topic on the way down; 0 on the way up. */
  topic: number;
  /** u32 number of this message within its topic (down) or connection (up). */
  sequence: number;
  /** When the oldest frame reached its first edge: cluster µs, modulo 2^32; 0 on the way up. */
  ingressAtUs: number;
  /** When the sender of this message handed it to its socket: cluster µs, modulo 2^32. */
  sentAtUs: number;
}

/** A frame as it travels: header fields and payload (docs/protocol.md). */
export interface Frame {
  /** Bits: see `FLAG_…`. */
  flags: number;
  /** Codec id: see `CODEC_FORMATS`. */
  codec: number;
  /** RFC 6464 level in −dBov: 0 is the loudest, 127 silence. */
  level: number;
  /** RFC 6464 voice activity. */
  active: boolean;
  /** 2.5 to 120, in steps of 2.5. */
  durationMs: number;
  /** u16, one up for each frame of the stream. */
  sequence: number;
  /** Of the sender. */
  streamId: number;
  /** When the first sample was captured: cluster ms, modulo 2^32. */
  captureTimeMs: number;
  /** Opaque to the service, at most 1,500 bytes. */
  payload: Uint8Array;
}

/** Why a media message was refused. The values are the `reason` labels of the edge's drop counter. */
export type MediaFault =
  | 'too_short'
  | 'unknown_version'
  | 'unknown_type'
  | 'no_frames'
  | 'too_many_frames'
  | 'truncated_frame'
  | 'payload_too_large'
  | 'zero_stream';

const u16 = (b: Uint8Array, o: number): number => (b[o]! << 8) | b[o + 1]!;
const u32 = (b: Uint8Array, o: number): number =>
  ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
const put16 = (b: Uint8Array, o: number, value: number): void => {
  b[o] = value >>> 8;
  b[o + 1] = value;
};
const put32 = (b: Uint8Array, o: number, value: number): void => {
  b[o] = value >>> 24;
  b[o + 1] = value >>> 16;
  b[o + 2] = value >>> 8;
  b[o + 3] = value;
};

/** In the byte after version and type, on the way up: word of the arrival is asked for (protocol rule 47). */
const RECEIPT_BIT = 0x01;
/** Asks the edge to confirm that this message, and all before it, have arrived. */
export const askReceipt = (b: Uint8Array): void => {
  b[1]! |= RECEIPT_BIT;
};
export const asksReceipt = (b: Uint8Array): boolean => (b[1]! & RECEIPT_BIT) !== 0;

export const messageTopic = (b: Uint8Array): number => u16(b, 2);
export const messageSequence = (b: Uint8Array): number => u32(b, 4);
export const messageIngressAtUs = (b: Uint8Array): number => u32(b, 8);
export const messageSentAtUs = (b: Uint8Array): number => u32(b, 12);

/** Writes a message header at `offset`; the two times are cluster µs modulo 2^32. */
export const writeMessageHeader = (
  b: Uint8Array,
  offset: number,
  topic: number,
  sequence: number,
  ingressAtUs: number,
  sentAtUs: number,
): void => {
  b[offset] = MEDIA_FIRST_BYTE;
  b[offset + 1] = 0;
  put16(b, offset + 2, topic);
  put32(b, offset + 4, sequence);
  put32(b, offset + 8, ingressAtUs);
  put32(b, offset + 12, sentAtUs);
};

// A frame: length u16, flags u8, codec u8, level u8, duration u8, sequence u16, stream u32, capture u32, payload.
export const framePayloadLength = (b: Uint8Array, o: number): number => u16(b, o);
export const frameFlags = (b: Uint8Array, o: number): number => b[o + 2]!;
export const frameCodec = (b: Uint8Array, o: number): number => b[o + 3]!;
export const frameLevel = (b: Uint8Array, o: number): number => b[o + 4]! & 0x7f;
export const frameActive = (b: Uint8Array, o: number): boolean => (b[o + 4]! & ACTIVITY_BIT) !== 0;
export const frameDurationMs = (b: Uint8Array, o: number): number => b[o + 5]! * DURATION_UNIT_MS;
export const frameSequence = (b: Uint8Array, o: number): number => u16(b, o + 6);
export const frameStreamId = (b: Uint8Array, o: number): number => u32(b, o + 8);
export const frameCaptureTimeMs = (b: Uint8Array, o: number): number => u32(b, o + 12);
/** Offset of the byte after the frame that starts at `o`. */
export const frameEnd = (b: Uint8Array, o: number): number => o + FRAME_HEADER_BYTES + u16(b, o);
/** Sets the mutable flags of the frame at `o`; the others stay as the sender wrote them. */
export const setMutableFlags = (b: Uint8Array, o: number, flags: number): void => {
  b[o + 2] = (b[o + 2]! & ~MUTABLE_FLAGS) | (flags & MUTABLE_FLAGS);
};

/** Writes a frame at `offset` and returns the offset after it. The caller has checked that it fits. */
export const writeFrame = (b: Uint8Array, offset: number, frame: Frame): number => {
  put16(b, offset, frame.payload.length);
  b[offset + 2] = frame.flags;
  b[offset + 3] = frame.codec;
  b[offset + 4] = (frame.active ? ACTIVITY_BIT : 0) | (frame.level & 0x7f);
  b[offset + 5] = Math.round(frame.durationMs / DURATION_UNIT_MS);
  put16(b, offset + 6, frame.sequence);
  put32(b, offset + 8, frame.streamId);
  put32(b, offset + 12, frame.captureTimeMs);
  b.set(frame.payload, offset + FRAME_HEADER_BYTES);
  return offset + FRAME_HEADER_BYTES + frame.payload.length;
};

/**
 * Checks a whole media message without allocating: the number of frames, or why it is refused.
 * After a number has come back, every frame reader may be used on every frame of the message.
 */
export const checkMedia = (b: Uint8Array): number | MediaFault => {
  const length = b.length;
  if (length < 1) return 'too_short';
  if (b[0]! >>> 4 !== PROTOCOL_VERSION) return 'unknown_version';
  if ((b[0]! & 0x0f) !== MESSAGE_TYPE_MEDIA) return 'unknown_type';
  if (length < MESSAGE_HEADER_BYTES) return 'too_short';
  let frames = 0;
  let o = MESSAGE_HEADER_BYTES;
  while (o < length) {
    if (o + FRAME_HEADER_BYTES > length) return 'truncated_frame';
    const payload = u16(b, o);
    if (payload > MAX_PAYLOAD_BYTES) return 'payload_too_large';
    if (u32(b, o + 8) === 0) return 'zero_stream';
    o += FRAME_HEADER_BYTES + payload;
    if (o > length) return 'truncated_frame';
    frames += 1;
    if (frames > MAX_FRAMES_PER_MESSAGE) return 'too_many_frames';
  }
  return frames === 0 ? 'no_frames' : frames;
};

/** Reads the frame at `offset` into an object; its payload is a view into `b`, not a copy. */
export const readFrame = (b: Uint8Array, offset: number): Frame => ({
  flags: frameFlags(b, offset),
  codec: frameCodec(b, offset),
  level: frameLevel(b, offset),
  active: frameActive(b, offset),
  durationMs: frameDurationMs(b, offset),
  sequence: frameSequence(b, offset),
  streamId: frameStreamId(b, offset),
  captureTimeMs: frameCaptureTimeMs(b, offset),
  payload: b.subarray(offset + FRAME_HEADER_BYTES, frameEnd(b, offset)),
});

export type DecodedMedia =
  | { ok: true; header: MediaHeader; frames: Frame[] }
  | { ok: false; fault: MediaFault };

/** Decodes a whole media message; never throws, whatever the bytes. Payloads are views into `b`. */
export const decodeMedia = (b: Uint8Array): DecodedMedia => {
  const checked = checkMedia(b);
  if (typeof checked === 'string') return { ok: false, fault: checked };
  const frames: Frame[] = [];
  for (let o = MESSAGE_HEADER_BYTES; o < b.length; o = frameEnd(b, o)) frames.push(readFrame(b, o));
  const header = {
    topic: messageTopic(b),
    sequence: messageSequence(b),
    ingressAtUs: messageIngressAtUs(b),
    sentAtUs: messageSentAtUs(b),
  };
  return { ok: true, header, frames };
};

/** Encodes a media message. Throws a RangeError for what no reader would accept: that is a caller's mistake. */
export const encodeMedia = (header: MediaHeader, frames: readonly Frame[]): Uint8Array => {
  if (frames.length === 0 || frames.length > MAX_FRAMES_PER_MESSAGE) {
    throw new RangeError(`a media message holds 1 to ${MAX_FRAMES_PER_MESSAGE} frames, not ${frames.length}`);
  }
  let size = MESSAGE_HEADER_BYTES;
  for (const frame of frames) {
    if (frame.payload.length > MAX_PAYLOAD_BYTES) {
      throw new RangeError(`a payload holds at most ${MAX_PAYLOAD_BYTES} bytes, not ${frame.payload.length}`);
    }
    size += FRAME_HEADER_BYTES + frame.payload.length;
  }
  const bytes = new Uint8Array(size);
  writeMessageHeader(bytes, 0, header.topic, header.sequence, header.ingressAtUs, header.sentAtUs);
  let o = MESSAGE_HEADER_BYTES;
  for (const frame of frames) o = writeFrame(bytes, o, frame);
  return bytes;
};
