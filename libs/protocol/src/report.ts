import * as s from './shape.ts';

/** Frames that one report may name as followed. */
export const MAX_TRACED_FRAMES = 16;
/** Holes that one acknowledgement may name. */
export const MAX_GAPS = 32;

const u16 = s.integer(0, 0xffff);
const u32 = s.integer(0, 0xffff_ffff);
const streamId = s.integer(1, 0xffff_ffff);
const epochMs = s.number(0, 8.64e15);
const count = s.integer(0, Number.MAX_SAFE_INTEGER);
const delayMs = s.number(-60_000, 600_000);
const spanMs = s.number(0, 600_000);

const streamReport = s.object({
  streamId,
  /** Frames received, lost (gaps in the sequence) and dropped as late since the last report. */
  received: count,
  lost: count,
  late: count,
  /** RFC 3550 inter-arrival jitter. */
  jitterMs: s.number(0, 60_000),
  /** Capture to ear, estimated: the mean since the last report; absent when nothing was played. */
  mouthToEarMs: s.optional(delayMs),
  /** Of that, the time from arrival to ear, the codec's own delay included; measured on the same voice. */
  playoutMs: s.optional(delayMs),
  /** Voice of the frames received in time since the last report. */
  heardMs: s.optional(spanMs),
  /** Voice invented by decoder or play-out buffer to bridge gaps, since the last report. */
  concealedMs: s.optional(spanMs),
});
export type StreamReport = s.Infer<typeof streamReport>;

const tracedFrame = s.object({
  streamId,
  sequence: u16,
  /** As in the frame's header. */
  captureTimeMs: u32,
  /** The edge's stamp in the header of the message that brought it. */
  sentAtUs: u32,
  /** Cluster time of its arrival here. */
  arrivedMs: epochMs,
  /** Cluster time at which its first sample left the loudspeaker; absent when it was not played, or nobody knows. */
  playedMs: s.optional(epochMs),
});
export type TracedFrame = s.Infer<typeof tracedFrame>;

/** Fields of `report`: what a client says about its reception (and, of its own frames, what it dropped). */
export const reportFields = {
  streams: s.array(streamReport, 64),
  rttMs: s.optional(spanMs),
  /** From the edge's sending (message header) to here, the mean since the last report. */
  downlinkMs: s.optional(delayMs),
  /** Own frames dropped before they were sent, since the last report. */
  uplinkDropped: s.optional(count),
  /** From the call to join to the first frame heard; once a session. */
  joinMs: s.optional(spanMs),
  /** Frames followed (`welcome.traceEvery`) that came since the last report. */
  traced: s.optional(s.array(tracedFrame, MAX_TRACED_FRAMES)),
};

/** Fields of `ack`. */
export const ackFields = {
  topic: u16,
  sequence: u32,
  /** First and last sequence of messages of the topic that never came, in order; each is named once. */
  gaps: s.optional(s.array(s.pair(u32), MAX_GAPS)),
};
