import type { CodecFormat, Frame } from '@partyline/protocol';
import type { ClusterClock } from './clock.ts';
import type { Unsubscribe } from './emitter.ts';
import type { PartylineError } from './errors.ts';
import type { Moderator } from './moderator.ts';
import type { Pace } from './pace.ts';
import type { PlayoutReading, RoomStats } from './stats.ts';

/** Where the connection stands. `closed` is final: join again for another try. */
export type RoomState =
  /** Asking the directory for a ticket. */
  | { phase: 'joining' }
  /** Opening the connection to an edge. */
  | { phase: 'connecting'; edge: string }
  /**
   * In the room; `ready` once speakers on other edges have been found too. When the participant moves to another
   * edge within the call, the state stays `live` and comes again with the new `edge`.
   */
  | { phase: 'live'; edge: string; ready: boolean }
  /** Lost and trying again: `attempt` counts from 1, the next try starts within `delayMs`. */
  | { phase: 'reconnecting'; attempt: number; delayMs: number; reason: PartylineError }
  /** Over: `reason` is undefined after `leave()`. */
  | { phase: 'closed'; reason: PartylineError | undefined };

/** `always`: also when not among the loudest; `never`: not even then; `auto`: as the room's selector says. */
export type SubscriptionMode = 'auto' | 'always' | 'never';

/** Somebody in the room who may publish; silent listeners are only counted. */
export interface Participant {
  /** Of their voice: what frames, speakers and subscriptions go by. Unique in the room, 1 to 2^32 − 1. */
  streamId: number;
  /** Who they are to your own system: unique in the room, 1 to 128 characters. */
  identity: string;
  /** Display name, at most 128 characters; may be empty. */
  name: string;
  /** Your own text about them, at most 2,048 characters. */
  metadata?: string;
  /** May speak. */
  publisher: boolean;
  /** Muted by themselves. */
  muted: boolean;
  /** Muted by a moderator: edges drop their frames. */
  moderated: boolean;
  /** Lost their connection and may come back within seconds. */
  reconnecting: boolean;
  /** How the room chooses them: by loudness, always while they talk (`pinned`), or never (`excluded`). */
  selection: 'auto' | 'pinned' | 'excluded';
  /** This client itself. */
  self: boolean;
  /** Among the active speakers right now. */
  speaking: boolean;
}

/** Somebody who speaks right now. */
export interface ActiveSpeaker {
  /** As {@link Participant.streamId}. */
  streamId: number;
  /** As {@link Participant.identity}. */
  identity: string;
  /** As {@link Participant.name}. */
  name: string;
  /** RFC 6464 level in −dBov: 0 is the loudest, 127 silence. */
  levelDbov: number;
  /** This client itself. */
  self: boolean;
}

/** A change of who is in the room. */
export interface ParticipantsChange {
  /** Everybody known, this client included. */
  participants: readonly Participant[];
  /** How many only listen. */
  listeners: number;
  /** Who came. */
  joined: readonly Participant[];
  /** Who is another than before: muted, renamed, reconnecting. */
  updated: readonly Participant[];
  /** Who is gone, as they were last. */
  left: readonly Participant[];
}

/** A chat or data message that somebody sent. Exactly one of `text` and `bytes` is there. */
export interface DataMessage {
  /** Identity of the sender. */
  from: string;
  /** Stream id of the sender. */
  streamId: number;
  /** What it is about, as the sender put it. */
  label: string | undefined;
  /** At most 16,384 UTF-16 units. */
  text: string | undefined;
  /** At most 16,384. */
  bytes: Uint8Array | undefined;
  /** Sent to this participant (and perhaps a few others) only, not to all. */
  direct: boolean;
}

/** A message to send: text or bytes, at most 16 KiB. */
export interface OutgoingData {
  /** At most 16,384 UTF-16 units. */
  text?: string;
  /** At most 16,384. */
  bytes?: Uint8Array;
  /** What it is about, for example `chat`; 1 to 64 characters. */
  label?: string;
  /** Identities, at most 64; to everybody when absent. */
  to?: string[];
}

/** An encoded frame as it arrived: in order for its stream, without duplicates, never one's own but in echo mode. */
export interface ReceivedFrame {
  /** Of the speaker. */
  streamId: number;
  /** Identity of the speaker; empty when the frame came before its announcement. */
  identity: string;
  /** The frame as sent. Its payload is a copy that may be kept. */
  frame: Frame;
  /** `frame.sequence` without wrapping. */
  sequence: number;
  /** Capture time of the first sample, cluster ms since the epoch. */
  capturedAtMs: number;
  /** Arrival here, cluster ms since the epoch. */
  arrivedAtMs: number;
  /** Frames of this stream lost right before this one (gaps while it was forwarded). */
  lostBefore: number;
  /** The stream was not heard right before, on purpose: it starts anew (selected, subscribed, or after a skip). */
  restart: boolean;
  /** Its path is followed from edge to edge: a play-out tells when it was played. */
  traced: boolean;
}

/** An encoded frame to send. Stream id and sequence are the client's own business. */
export interface OutgoingFrame {
  /** One packet of the codec (of Opus: RFC 6716), at most 1,500 bytes; opaque to the service. */
  payload: Uint8Array;
  /** Capture time of the first sample, cluster ms since the epoch (see {@link Room.clock}). */
  capturedAtMs: number;
  /** 2.5 to 120, in steps of 2.5. */
  durationMs: number;
  /** RFC 6464 level in −dBov: 0 is the loudest, 127 silence. */
  levelDbov: number;
  /** Voice activity. */
  active: boolean;
  /** Codec id on the wire; Opus unless given. */
  codec?: number;
  /** Last frame before a pause: what follows starts a new talk spurt. */
  spurtEnd?: boolean;
  /** Further flags, such as FLAG_FEC; talk-spurt flags are set by the client. */
  flags?: number;
}

/** That somebody in the room records it. */
export interface RoomRecordingState {
  /** Cluster ms since the epoch: of the recording that runs for longest. */
  sinceMs: number;
}

/** What `room.on` tells of. */
export interface RoomEvents {
  /** The connection changed; `closed` comes exactly once, last. */
  state: RoomState;
  /** Somebody came, changed or went. */
  participants: ParticipantsChange;
  /** Who speaks now, loudest first; also when it becomes empty. */
  speakers: readonly ActiveSpeaker[];
  /** A moderator muted or unmuted this participant. */
  moderated: { muted: boolean };
  /** Somebody began to record the room, or nobody does any more (undefined): tell your people. */
  recording: RoomRecordingState | undefined;
  /** Somebody sent chat or data. */
  data: DataMessage;
  /** For bots, recorders and players. */
  frame: ReceivedFrame;
  /** The uplink has room for less voice than before, or for more again. */
  pace: Pace;
  /** What everybody who listens in the room can decode has changed. */
  codecs: readonly CodecFormat[];
  /** Once a second while live. */
  stats: RoomStats;
  /** Something went wrong that does not end the session. */
  error: PartylineError;
}

/** A participant's place in a room; made by `joinRoom`. Survives reconnects until `leave()` or a final close. */
export interface Room {
  /** The room's. */
  readonly name: string;
  /** This client's own, as the token has it; guests are given one. */
  readonly identity: string;
  /** This client's own stream id. */
  readonly streamId: number;
  /** Where the connection stands; the event `state` tells of changes. */
  readonly state: RoomState;
  /** Everybody known, this client included, in order of joining. */
  readonly participants: readonly Participant[];
  /** How many only listen. */
  readonly listeners: number;
  /** Who speaks now, loudest first. */
  readonly speakers: readonly ActiveSpeaker[];
  /** Muted by itself. */
  readonly muted: boolean;
  /** Muted by a moderator: frames are dropped by the edge until lifted. */
  readonly moderated: boolean;
  /** Set while somebody records the room, whoever it is. */
  readonly recording: RoomRecordingState | undefined;
  /** Has the `publish` grant. */
  readonly canPublish: boolean;
  /** Has the `subscribe` grant. */
  readonly canSubscribe: boolean;
  /** Has the `moderate` grant: `moderator` may be used. False also where an older edge does not tell. */
  readonly canModerate: boolean;
  /** Has the `direct` grant: data may be sent to some only. True also where an older edge does not tell. */
  readonly canSendDirect: boolean;
  /** What everybody who listens in the room can decode; Opus alone where an older edge does not tell. */
  readonly codecs: readonly CodecFormat[];
  /** Hears itself by way of the edge: see `setEcho`. */
  readonly echo: boolean;
  /** Time as the cluster counts it: capture times of frames are in it. */
  readonly clock: ClusterClock;
  /** Mutes and removes others, with the `moderate` grant. */
  readonly moderator: Moderator;
  /** What the uplink has room for. */
  readonly pace: Pace;

  /** Calls `listener` for each event, until the function that it returns is called. */
  on<Name extends keyof RoomEvents>(event: Name, listener: (value: RoomEvents[Name]) => void): Unsubscribe;

  /** Resolves when live and ready, with the clock in step. Rejects with the reason when the room closes before. */
  whenReady(): Promise<void>;
  /** Sends one encoded frame. False when it was dropped: muted, not connected, or the uplink over its deadline. */
  publishFrame(frame: OutgoingFrame): boolean;
  /** While muted nothing is sent, and others see it. */
  setMuted(muted: boolean): void;
  /**
   * Says that this participant records the room, and that it no longer does: everybody there is told, also who comes
   * later. Record nothing before {@link Room.recording} is set.
   */
  setRecording(recording: boolean): void;
  /** Line test: the edge sends this participant's own frames back, which then arrive as `frame` events. */
  setEcho(enabled: boolean): void;
  /** Asks for one speaker in particular. @throws PartylineError `invalid_option` above 16 streams with `always` */
  subscribe(streamId: number, mode: SubscriptionMode): void;
  /**
   * Sends chat or data, at most once.
   * @returns how many participants it was passed to
   * @throws PartylineError `invalid_option`, `not_connected`, `timeout` (5 s), or `not_allowed`
   */
  sendData(data: OutgoingData): Promise<{ recipients: number }>;
  /** Counters and delays of the moment; cheap enough for once a second. The event `stats` brings the same. */
  getStats(): RoomStats;
  /** Lets a play-out tell what it knows, for statistics and receiver reports. One at a time. */
  setPlayout(readings: (() => readonly PlayoutReading[]) | undefined): void;
  /** Says good-bye and closes; resolves when closed, within a second. */
  leave(): Promise<void>;
}
