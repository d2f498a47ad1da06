/** What the client sent since it joined. */
export interface UplinkStats {
  /** Frames handed to the socket. */
  sentFrames: number;
  /** Of payload and headers. */
  sentBytes: number;
  /** Frames left out because the uplink was over its deadline, or because nothing was connected. */
  droppedFrames: number;
  /** Bytes that the socket holds unsent; what the system, or a proxy, holds does not show in it. */
  bufferedBytes: number;
  /** Bytes handed to the socket of whose arrival there is no word yet; 0 where the edge gives none. */
  unconfirmedBytes: number;
  /** How much longer than at best a frame now takes to the edge, ms: waiting here, in the system and on the way. */
  queueMs: number;
  /** Bit rate of the payloads sent lately, bit/s, without headers; undefined before the first. */
  bitrateBps: number | undefined;
  /** Bit rate that the encoder is held down to, bit/s; undefined while the uplink has room for what it was set to. */
  maxBitrateBps: number | undefined;
  /** Length of the frame sent last, ms: longer while the uplink is thin; undefined before the first. */
  frameMs: number | undefined;
  /** Nothing is sent in silence, because the uplink is thin. */
  dtx: boolean;
}

/** What the client received since it joined, all speakers together. */
export interface DownlinkStats {
  /** Of all speakers. */
  receivedFrames: number;
  /** Of whole messages. */
  receivedBytes: number;
  /** Gaps in the sequence of a speaker while it was forwarded. */
  lostFrames: number;
  /** Frames that came after their time to be played. */
  lateFrames: number;
  /** Frames that came twice, which is usual while moving from edge to edge. */
  duplicateFrames: number;
  /** Frames that the edge left out because this listener had fallen behind. */
  skippedFrames: number;
  /** Messages refused as no valid media of this version. */
  malformedMessages: number;
  /** Messages of the edge that never came, though it had sent them. */
  gapMessages: number;
  /** From the edge's sending to here, smoothed over some messages; undefined before the first. */
  latencyMs: number | undefined;
}

/** One speaker, as heard here. */
export interface SpeakerStats {
  /** As in `Participant`. */
  streamId: number;
  /** As in `Participant`; empty before the speaker is announced. */
  identity: string;
  /** Frames that came. */
  receivedFrames: number;
  /** Gaps in the sequence while the speaker was forwarded. */
  lostFrames: number;
  /** Frames that came after their time to be played. */
  lateFrames: number;
  /** RFC 3550 inter-arrival jitter. */
  jitterMs: number;
  /** Voice of the frames that came in time, since the speaker was first heard. */
  heardMs: number;
  /** Voice waiting in the play-out buffer. */
  bufferedMs: number;
  /** What the buffer means to hold right after a frame that came in time: it follows the jitter. Undefined when nobody tells. */
  bufferTargetMs: number | undefined;
  /** Invented by the decoder or the play-out buffer to bridge gaps, since the speaker was first heard. */
  concealedMs: number;
  /** Estimated from capture to ear; undefined when nothing of this speaker was played lately. */
  mouthToEarMs: number | undefined;
  /** Of that, from arrival to ear, the codec's own delay included; undefined as well when nobody tells. */
  playoutMs: number | undefined;
  /**
   * The parts of the way here, smoothed over some frames: capture to the first edge, from there through edges and
   * between them, and from the edge's sending to here. Undefined before the first frame; pre-roll is left out. A standing
   * difference between the two directions of a line cannot be known: it moves from `uplinkMs` to `downlinkMs` or back,
   * and their sum is right.
   */
  uplinkMs: number | undefined;
  /** Likewise. */
  edgeMs: number | undefined;
  /** Likewise. */
  downlinkMs: number | undefined;
}

/** A snapshot; all counters only grow while the room lasts, reconnects included. */
export interface RoomStats {
  /** Newest round trip to the edge; undefined before the first answer. */
  rttMs: number | undefined;
  /** Cluster time minus local time. */
  clockOffsetMs: number;
  /** What was sent. */
  uplink: UplinkStats;
  /** What was received. */
  downlink: DownlinkStats;
  /** Speakers heard, the most recent first. */
  speakers: SpeakerStats[];
  /** The worst of the speakers heard now; undefined when nothing is played. */
  mouthToEarMs: number | undefined;
  /**
   * From the call to join to the arrival of the first frame of a speaker who was talking already; undefined before,
   * and for good when the first one heard began later: then it was a pause that lasted.
   */
  joinMs: number | undefined;
  /** How often the connection was re-established after a loss. */
  reconnects: number;
  /** How often the session went over to another edge without an interruption, as its edge asked it to. */
  moves: number;
}

/** What a play-out knows about one speaker; the browser's and Node's play-out both tell it. */
export interface PlayoutReading {
  /** Of the speaker. */
  streamId: number;
  /** Voice waiting to be played. */
  bufferedMs: number;
  /** What it means to hold; undefined where nobody tells. */
  bufferTargetMs?: number | undefined;
  /** Frames that came after their time, since the speaker was first played. */
  lateFrames: number;
  /** Voice invented to bridge gaps, since the speaker was first played. */
  concealedMs: number;
  /** Now; undefined while this speaker is not being played. */
  mouthToEarMs: number | undefined;
  /** Of that, from arrival to ear. */
  playoutMs?: number | undefined;
  /** Of all frames so far whose delay was measured, that both means may be had of any stretch of time. */
  totals?: PlayoutTotals;
  /** Frames lately played whose path is followed. */
  played?: readonly PlayedFrame[];
}

/** Sums over frames since the speaker was first played; they begin anew when it was forgotten meanwhile. */
export interface PlayoutTotals {
  /** Frames summed up. */
  frames: number;
  /** Sum over them, capture to ear. */
  mouthToEarMs: number;
  /** Sum over them, arrival to ear. */
  playoutMs: number;
}

/** When a frame was played. */
export interface PlayedFrame {
  /** As in its header. */
  sequence: number;
  /** When its first sample left the loudspeaker, on the room's clock. */
  playedAtMs: number;
}
