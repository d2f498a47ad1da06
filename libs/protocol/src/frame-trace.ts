/** Spans of one frame, in the order of its way. */
export type FrameSpan =
  | 'frame'
  | 'capture'
  | 'uplink'
  | 'ingress'
  | 'bus'
  | 'egress'
  | 'downlink'
  | 'playout';

const SEEDS: readonly number[] = [0x9e37_79b9, 0x243f_6a88, 0xb7e1_5162, 0x6a09_e667];
const FACTORS: readonly number[] = [0x0100_0193, 0x0019_660d, 0x85eb_ca6b, 0xc2b2_ae35];

/** 32 bits of a text, different for each of the four lanes. */
const lane = (text: string, index: number): number => {
  const factor = FACTORS[index]!;
  let mixed = SEEDS[index]! ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    mixed = Math.imul(mixed ^ text.charCodeAt(i), factor);
    mixed ^= mixed >>> 15;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb_352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

const digits = (text: string, lanes: number): string => {
  let id = '';
  for (let index = 0; index < lanes; index += 1) id += lane(text, index).toString(16).padStart(8, '0');
  // An id of nothing but zeros names nothing.
  return /[^0]/.test(id) ? id : `${id.slice(1)}1`;
};

/**
 * The trace of one frame, as 32 hexadecimal digits: the same wherever it is worked out, so that no byte of the frame
 * has to carry it. It is for finding things again, not for keeping them secret.
 * @param captureTimeMs as in the frame's header, modulo 2^32
 */
export const frameTraceId = (
  room: string,
  streamId: number,
  sequence: number,
  captureTimeMs: number,
): string => digits(`${room}/${streamId}/${sequence}/${captureTimeMs}`, 4);

/**
 * One span of a frame's trace, as 16 hexadecimal digits.
 * @param where the edge's source (the first 16 digits of its boot), for `downlink` and `playout` followed by a slash and
 *   the listener's stream id; empty for `frame`, `capture` and `uplink`, of which there is one
 */
export const frameSpanId = (traceId: string, span: FrameSpan, where = ''): string =>
  digits(`${traceId}/${span}/${where}`, 2);

/** W3C `traceparent` of a frame as a whole, for whoever has something of its own to add to its trace. */
export const frameTraceparent = (
  room: string,
  streamId: number,
  sequence: number,
  captureTimeMs: number,
): string => {
  const traceId = frameTraceId(room, streamId, sequence, captureTimeMs);
  return `00-${traceId}-${frameSpanId(traceId, 'frame')}-01`;
};
