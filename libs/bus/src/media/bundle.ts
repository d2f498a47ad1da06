import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '@partyline/protocol';

/**
 * The bundle: frames of many rooms and streams on their way from one edge to others. `docs/protocol.md` has the
 * numbered rules (70 and on). Network byte order throughout.
 *
 * Readers take a byte array and an offset and return one field, as those of the media message do: an object for
 * each section would cost more than passing its frames on.
 */

const BUNDLE_VERSION = 1;
/** Types go on after the media message's, so that a bundle is never taken for one. */
const BUNDLE_TYPE_FRAMES = 2;
const BUNDLE_TYPE_HEARTBEAT = 3;

/** Bytes before the first section. */
export const BUNDLE_HEADER_BYTES = 28;
/** Bytes of a section before its room's name. */
export const SECTION_HEADER_BYTES = 8;
/** The largest bundle in bytes. */
export const MAX_BUNDLE_BYTES = 65_536;
/** The most frames that one section may hold. */
export const MAX_SECTION_FRAMES = 255;
/** The most bytes that the frames of one section may take. */
export const MAX_SECTION_BYTES = 0xffff;
/** The longest name of a room, in bytes. */
const MAX_ROOM_NAME_BYTES = 64;

const FRAMES_BYTE = (BUNDLE_VERSION << 4) | BUNDLE_TYPE_FRAMES;
const HEARTBEAT_BYTE = (BUNDLE_VERSION << 4) | BUNDLE_TYPE_HEARTBEAT;
const SOURCE_OFFSET = 20;
const SOURCE_BYTES = 8;

/** Why a bundle was refused: `too_short`, `unknown_version` and so on are counted apart by the reader. */
export type BundleFault =
  | 'too_short'
  | 'too_large'
  | 'unknown_version'
  | 'unknown_type'
  | 'truncated_section'
  | 'bad_room_name'
  | 'no_frames'
  | 'truncated_frame'
  | 'payload_too_large'
  | 'zero_stream'
  | 'wrong_count';

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

// Header: version and type u8, reserved u8, frames u16, link u32, sequence u32, frames so far u32, sent u32, source 8.
export const bundleIsHeartbeat = (b: Uint8Array): boolean => b[0] === HEARTBEAT_BYTE;
export const bundleFrames = (b: Uint8Array): number => u16(b, 2);
/** Which link of its source to this channel it is: one that ended and was opened again counts anew. */
export const bundleLink = (b: Uint8Array): number => u32(b, 4);
export const bundleSequence = (b: Uint8Array): number => u32(b, 8);
/** Frames of all bundles of the link up to and with this one, modulo 2^32. */
export const bundleFramesSoFar = (b: Uint8Array): number => u32(b, 12);
export const bundleSentAtUs = (b: Uint8Array): number => u32(b, 16);
/** The source as 16 hexadecimal digits. */
export const bundleSource = (b: Uint8Array): string =>
  Buffer.from(b.buffer, b.byteOffset + SOURCE_OFFSET, SOURCE_BYTES).toString('hex');

/** Whether the bundle comes from the source of these 8 bytes. */
export const bundleIsFrom = (b: Uint8Array, source: Uint8Array): boolean => {
  if (b.length < BUNDLE_HEADER_BYTES) return false;
  for (let i = 0; i < SOURCE_BYTES; i += 1) if (b[SOURCE_OFFSET + i] !== source[i]) return false;
  return true;
};

/**
 * The source of a boot: its first 16 hexadecimal digits, dashes left out.
 * @throws RangeError when the boot is no UUID or other row of that many digits
 */
export const sourceOf = (boot: string): string => {
  const digits = boot
    .replaceAll('-', '')
    .slice(0, SOURCE_BYTES * 2)
    .toLowerCase();
  if (!/^[0-9a-f]{16}$/.test(digits)) {
    throw new RangeError(`A boot begins with 16 hexadecimal digits, dashes left out, unlike "${boot}".`);
  }
  return digits;
};

/** The 8 bytes of a source. */
export const sourceBytes = (source: string): Uint8Array => Uint8Array.from(Buffer.from(source, 'hex'));

/** Writes a bundle's header at the start of `b`; a bundle without frames is a heartbeat. */
export const writeBundleHeader = (
  b: Uint8Array,
  source: Uint8Array,
  link: number,
  sequence: number,
  frames: number,
  framesSoFar: number,
  sentAtUs: number,
): void => {
  b[0] = frames === 0 ? HEARTBEAT_BYTE : FRAMES_BYTE;
  b[1] = 0;
  put16(b, 2, frames);
  put32(b, 4, link);
  put32(b, 8, sequence);
  put32(b, 12, framesSoFar);
  put32(b, 16, sentAtUs);
  for (let i = 0; i < SOURCE_BYTES; i += 1) b[SOURCE_OFFSET + i] = source[i]!;
};

// A section: room-name length u8, frames u8, bytes of frames u16, ingress of the oldest u32, name, frames.
export const sectionFrames = (b: Uint8Array, o: number): number => b[o + 1]!;
export const sectionIngressAtUs = (b: Uint8Array, o: number): number => u32(b, o + 4);
export const sectionNameStart = (o: number): number => o + SECTION_HEADER_BYTES;
/** Offset of the first frame of the section that starts at `o`, which is where the room's name ends. */
export const sectionFramesStart = (b: Uint8Array, o: number): number => o + SECTION_HEADER_BYTES + b[o]!;
/** Offset of the byte after the section that starts at `o`. */
export const sectionEnd = (b: Uint8Array, o: number): number =>
  o + SECTION_HEADER_BYTES + b[o]! + u16(b, o + 2);

/** Writes a section's header and its room's name at `o` and returns the offset of its first frame. */
export const writeSection = (b: Uint8Array, o: number, room: Uint8Array, ingressAtUs: number): number => {
  b[o] = room.length;
  b[o + 1] = 0;
  put16(b, o + 2, 0);
  put32(b, o + 4, ingressAtUs);
  let at = o + SECTION_HEADER_BYTES;
  for (let i = 0; i < room.length; i += 1, at += 1) b[at] = room[i]!;
  return at;
};

/** Corrects the counts of the section at `o`. */
export const resizeSection = (b: Uint8Array, o: number, frames: number, frameBytes: number): void => {
  b[o + 1] = frames;
  put16(b, o + 2, frameBytes);
};

/** The section's frames in bytes. */
export const sectionBytes = (b: Uint8Array, o: number): number => u16(b, o + 2);

/** Which bytes a room's name may hold (rule 1): bit 0 anywhere, bit 1 at its start. */
const NAME_BYTES = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9]/.test(character)) NAME_BYTES[byte] = 3;
  else if (/[_.-]/.test(character)) NAME_BYTES[byte] = 1;
}

const isName = (b: Uint8Array, start: number, end: number): boolean => {
  if (end === start || end - start > MAX_ROOM_NAME_BYTES || (NAME_BYTES[b[start]!]! & 2) === 0) return false;
  for (let i = start; i < end; i += 1) if (NAME_BYTES[b[i]!] === 0) return false;
  return true;
};

/**
 * Checks a whole bundle without allocating, and never throws: its number of frames (0 for a heartbeat), or why
 * it is refused. After a number has come back, every reader may be used on every section and frame.
 */
export const checkBundle = (b: Uint8Array): number | BundleFault => {
  const length = b.length;
  if (length < 1) return 'too_short';
  if (b[0]! >>> 4 !== BUNDLE_VERSION) return 'unknown_version';
  if (b[0] !== FRAMES_BYTE && b[0] !== HEARTBEAT_BYTE) return 'unknown_type';
  if (length < BUNDLE_HEADER_BYTES) return 'too_short';
  if (length > MAX_BUNDLE_BYTES) return 'too_large';
  let frames = 0;
  let o = BUNDLE_HEADER_BYTES;
  while (o < length) {
    if (o + SECTION_HEADER_BYTES > length) return 'truncated_section';
    const framesStart = sectionFramesStart(b, o);
    const end = framesStart + u16(b, o + 2);
    if (end > length) return 'truncated_section';
    if (!isName(b, o + SECTION_HEADER_BYTES, framesStart)) return 'bad_room_name';
    const counted = checkFrames(b, framesStart, end);
    if (typeof counted === 'string') return counted;
    if (counted !== b[o + 1]) return 'wrong_count';
    frames += counted;
    o = end;
  }
  if (frames !== u16(b, 2)) return 'wrong_count';
  if (frames === 0 && b[0] === FRAMES_BYTE) return 'no_frames';
  if (frames > 0 && b[0] === HEARTBEAT_BYTE) return 'wrong_count';
  return frames;
};

const checkFrames = (b: Uint8Array, start: number, end: number): number | BundleFault => {
  let frames = 0;
  let o = start;
  while (o < end) {
    if (o + FRAME_HEADER_BYTES > end) return 'truncated_frame';
    const payload = u16(b, o);
    if (payload > MAX_PAYLOAD_BYTES) return 'payload_too_large';
    if (u32(b, o + 8) === 0) return 'zero_stream';
    o += FRAME_HEADER_BYTES + payload;
    if (o > end) return 'truncated_frame';
    frames += 1;
  }
  return frames === 0 ? 'no_frames' : frames;
};
