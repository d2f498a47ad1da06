/**
 * The way of media from this edge to one channel: frames are written straight into the bundle under
 * construction, which leaves at once when the link was quiet and on a timer otherwise.
 */
export interface OutgoingLink {
  readonly channel: string;
  readonly region: string;
  /**
   * Adds one frame (protocol layout, its 16-byte header included), which is copied.
   * @param room its name (protocol rule 1) as bytes; the same array at each call, so that frames share a section
   * @param flags the mutable flags it shall carry; the others stay as the sender wrote them
   * @param ingressAtMs when it reached this edge, epoch ms
   */
  append(
    room: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    ingressAtMs: number,
  ): void;
  /** Says that the last frame of an arrival was added: sends now, or with what comes within some ms. */
  commit(nowMs: number): void;
  /** Sends what waits, as far as the bounds let it. */
  flush(nowMs: number): void;
  /** Since when the bus has refused whatever was sent, by every channel of the link; undefined while it takes it. */
  readonly refusedSinceMs: number | undefined;
  /** Plain counters of this link, read at scrape time. */
  readonly stats: Readonly<LinkStats>;
}

export interface LinkStats {
  /** Handed to the bus, heartbeats included. */
  bundles: number;
  frames: number;
  bytes: number;
  /** Never handed to the bus, and so without a number: the receiver cannot miss them. */
  droppedFull: number;
  droppedAway: number;
  droppedOld: number;
  /** Of these, bundles that reached nobody: the channel is deaf. */
  deafBundles: number;
  deafFrames: number;
  /** Of these, bundles whose publication failed or was never answered; receivers see a gap, if they arrived nowhere. */
  failedBundles: number;
}

/** Handed to the bus and not answered yet. */
export interface InFlight {
  bundles: number;
  bytes: number;
}

/** All outgoing links of an edge, by channel; a link lives as long as somebody holds it. */
export interface OutgoingLinks {
  /** @param channels one, or two of which the second is used while the first does not answer */
  open(region: string, channels: readonly string[]): OutgoingLink;
  /** Each `open` is to be closed once; the last one ends the link. */
  close(link: OutgoingLink): void;
  /** Heartbeat bundles for links that were quiet, and time-outs. Call it every 100 ms. */
  tick(nowMs: number): void;
  /** Called for a link whose last bundles reached nobody, by either channel: at most once a second for each. */
  onDeaf: ((link: OutgoingLink) => void) | undefined;
  /** Sum over all links, ended ones included; made anew at each look. */
  readonly stats: Readonly<LinkStats>;
  /** The same by the region that the links lead to. */
  readonly regions: ReadonlyMap<string, Readonly<LinkStats>>;
  /** What was handed to the bus and is not answered yet, by region; made anew at each look. */
  readonly inFlight: ReadonlyMap<string, InFlight>;
  stop(): void;
}

/** A source of bundles: one boot of one edge, as told by its bundles. */
export interface BundleSource {
  /** The first 16 hexadecimal digits of the edge's boot. */
  readonly source: string;
  readonly heardAtMs: number;
  /** Least transit lately: the network's least time and the difference of the clocks, in ms. */
  readonly leastTransitMs: number;
}

export interface FrameSink {
  /**
   * A run of frames of one room, one after the other in `bytes` from `start` to `end`, in protocol layout.
   * Valid during the call only.
   */
  frames(
    room: string,
    source: BundleSource,
    bytes: Uint8Array,
    start: number,
    end: number,
    frames: number,
    /** Epoch ms at the first edge, corrected by what is known of the clocks. */
    ingressAtMs: number,
    nowMs: number,
  ): void;
}

export interface IncomingStats {
  /** Taken, heartbeats and late ones included; own ones and those counted below are not. */
  bundles: number;
  heartbeats: number;
  /** Passed on. */
  frames: number;
  bytes: number;
  /**
   * Missing in the numbering: lost between the two sockets. Counted once a missing bundle has not come before the 64th
   * later one, nor within one to two seconds of ticks, so that these never go down again.
   */
  lostBundles: number;
  lostFrames: number;
  /** Came twice, or so late that they were counted as lost: not passed on. */
  duplicateBundles: number;
  /** Older than 300 ms on arrival: frames not passed on. */
  lateBundles: number;
  lateFrames: number;
  malformed: number;
  /** Of another version or type. */
  unknownVersion: number;
  /** Bundles of sources beyond the bound: not passed on. */
  refusedBundles: number;
}

/** Takes bundles of any channel apart: numbers, loss, lateness, transit. */
export interface IncomingBundles {
  receive(bytes: Uint8Array, channel: string, nowMs: number): void;
  /** Call it when a channel is unsubscribed: what it carries until it is subscribed again is not lost. */
  forget(channel: string): void;
  /** Settles what is lost, and forgets sources that were silent for long. Call it every second. */
  tick(nowMs: number): void;
  /** By the first 16 hexadecimal digits of a boot. */
  source(source: string): BundleSource | undefined;
  readonly stats: Readonly<IncomingStats>;
}
