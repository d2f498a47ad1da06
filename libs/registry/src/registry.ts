import type { EdgeId, Identity, RoomId, SelectionMode, StreamId } from '@partyline/protocol';
import type { RoomVersion } from './event-log.ts';

/**
 * The state that directories and edges share. One engine keeps it in this process, another in Redis, a third puts
 * those of several regions together: so every call is asynchronous, every answer a copy, and whatever has to be atomic is one call.
 */
export interface Registry {
  // Edges -----------------------------------------------------------------------------------------------
  /**
   * Creates or refreshes an edge's lease (every 1 s; dead after 5 s without). Rejects with {@link RegistryError}
   * `edge_id_taken` while another boot of the same edge has a live lease.
   */
  renewLease(lease: EdgeLease): Promise<LeaseRenewal>;
  /** Ends a lease at once, if it is still of this boot. */
  dropLease(edge: EdgeId, boot: string): Promise<void>;
  /**
   * Edges with a live lease, of every region that answers, ordered by id.
   * @param fresh those of other regions too; otherwise they may be up to three seconds old
   */
  edges(fresh?: boolean): Promise<EdgeLease[]>;

  // Where rooms are ---------------------------------------------------------------------------------------
  /**
   * Says that an edge holds a room, with how many participants (also when only their number has changed), and
   * returns the other edges that hold it. Of two that enter at once, the later one sees the other.
   * @param known the highest version that the edge has seen; a room whose state was lost goes on above it
   * @param named called with the own region's places before the answer, where those of other regions take longer
   */
  enterRoom(
    room: RoomId,
    place: RoomPlace,
    known?: RoomVersion,
    named?: (places: readonly RoomPlace[]) => void,
  ): Promise<RoomPlaces>;
  /** Only if the entry is still of this boot. */
  leaveRoom(room: RoomId, edge: EdgeId, boot: string): Promise<void>;
  /** Edges with a live lease that hold the room, in every region that answers. */
  places(room: RoomId): Promise<RoomPlaces>;

  // Rooms -----------------------------------------------------------------------------------------------
  /** Idempotent: an existing room that has every setting named is returned with `created: false`. */
  createRoom(room: RoomId, settings: Partial<RoomSettings>): Promise<CreateRoomResult>;
  room(room: RoomId): Promise<RoomRecord | undefined>;
  /** In the order of their names, those after `after` (exclusive). */
  rooms(page: Page): Promise<RoomRecord[]>;
  /**
   * Forgets room, members, seats and moderation; a room that was only empty for its time keeps seats and
   * moderation as long as a ticket lives. False if there was none.
   */
  deleteRoom(room: RoomId): Promise<boolean>;

  // Joining ---------------------------------------------------------------------------------------------
  /**
   * Gives an identity its seat in a room, creating the room on the fly: checks removal and the limit of
   * participants, keeps stream id and resume id for a known resume id (generation + 1), otherwise hands out
   * new ones. A seat counts against the limit until its hello is `seatTtlMs` late or its member has left.
   */
  claimSeat(request: SeatRequest): Promise<SeatResult>;
  /**
   * True while this is the newest seat of its identity (a higher generation than the known one is newer
   * still) and the identity has not been removed.
   */
  seatIsCurrent(room: RoomId, identity: Identity, resumeId: string, generation: number): Promise<boolean>;
  /** The identity's newest seat, also while it is not connected. */
  seat(room: RoomId, identity: Identity): Promise<SeatRecord | undefined>;
  /** Forgets a seat, if it is still this one: its session goes on elsewhere, or was replaced there. */
  dropSeat(room: RoomId, identity: Identity, resumeId: string): Promise<void>;
  /**
   * To be called after a seat was claimed: of joins of one identity that raced in several regions, or came within the
   * second in which one does not know of the other, the last one stays.
   */
  settleSeats(room: RoomId, identity: Identity): Promise<SettledSeats>;

  // Members (written by the edge that holds the connection) -----------------------------------------------
  /** Creates or updates; ignored when a newer generation of the same stream is there. */
  putMember(room: RoomId, member: MemberRecord): Promise<void>;
  /** Only if it is still this edge's and not of an older generation. */
  dropMember(room: RoomId, streamId: StreamId, edge: EdgeId, generation: number): Promise<void>;
  /** In the order of their stream ids, those after `after` (exclusive). */
  members(room: RoomId, page: Page): Promise<MemberRecord[]>;
  /** The member on the identity's newest seat. */
  member(room: RoomId, identity: Identity): Promise<MemberRecord | undefined>;

  // Moderation: state that outlives a connection, kept as long as a ticket can live ------------------------
  /** Also for an identity that is not there (yet). Rejects with {@link RegistryError} at its bound. */
  moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationResult>;
  moderation(room: RoomId, identity: Identity): Promise<ModerationState>;
  /** All moderation of all rooms that holds, some at a time; in the own region. @param after `next` of the page before */
  moderations(after?: string): Promise<ModerationPage>;
}

export interface LeaseRenewal {
  /**
   * Of the stored state and of this lease in it. Another than the last time means that state was lost, or that
   * the lease had died and what belonged to it may be forgotten: the edge tells everything anew.
   */
  incarnation: string;
}

/** An edge's part of a room, as others find it. */
export interface RoomPlace {
  edge: EdgeId;
  boot: string;
  region: string;
  participants: number;
}

export interface RoomPlaces {
  places: RoomPlace[];
  /** False when a region could not be asked: there may be more. */
  complete: boolean;
  /** Of the room in the own region, from engines that can lose it; absent when there is no such room. */
  version?: RoomVersion;
}

export interface EdgeLease {
  edge: EdgeId;
  /** Random per process start: a restarted edge is another source. */
  boot: string;
  region: string;
  /** WebSocket URL for clients; a bare path when it shares the directory's origin. */
  url: string;
  /** Software revision: during a rollout joins prefer the newest. */
  revision: string;
  startedAt: number;
  draining: boolean;
  connections: number;
  maxConnections: number;
  /** 0 idle … 1 full, the worse of connections and CPU. */
  load: number;
  /** Rooms with at least one participant here. */
  rooms: number;
}

export interface RoomSettings {
  maxParticipants: number;
  /** An empty room is forgotten after this long, in seconds. */
  emptyTimeoutSeconds: number;
  /** Opaque text of the customer. */
  metadata: string;
}

export interface RoomRecord extends RoomSettings {
  room: RoomId;
  createdAt: number;
  participants: number;
  publishers: number;
}

export interface MemberRecord {
  streamId: StreamId;
  generation: number;
  identity: Identity;
  name: string;
  metadata?: string;
  edge: EdgeId;
  boot: string;
  joinedAt: number;
  publisher: boolean;
  hidden: boolean;
  muted: boolean;
  moderated: boolean;
  reconnecting: boolean;
  selection: SelectionMode;
}

export interface ModerationState {
  muted: boolean;
  /** Removed until this time (epoch ms), 0 when not. */
  removedUntil: number;
  selection: SelectionMode;
}
export type ModerationChange = Partial<ModerationState>;

export interface ModerationEntry {
  room: RoomId;
  identity: Identity;
  state: ModerationState;
}

export interface ModerationPage {
  /** May be none although others follow; one may come twice. */
  entries: ModerationEntry[];
  /** Absent at the end. */
  next?: string;
}

/** The state as it is now. */
export interface ModerationResult extends ModerationState {
  /** Regions that have not taken the change yet; absent when all have. */
  pendingRegions?: string[];
}

export interface SeatRequest {
  room: RoomId;
  identity: Identity;
  resumeId?: string;
  /** Counts against the room's limit at once, until the member shows up or this time has passed. */
  seatTtlMs: number;
  edge: EdgeId;
  /**
   * The credential was a ticket, with these in it. Then the seat is refused (`replaced`) instead of replacing
   * when somebody with another resume id sits there by now; and a seat that is not known any more, as after
   * a loss of state, is given back with the same stream id and a higher generation.
   */
  resumed?: { streamId: StreamId; generation: number };
  /** Seats of the identity elsewhere are not newer than this: the new one is, whatever clocks say. Epoch ms. */
  claimedAfter?: number;
}

/** Who sits where, for the session to go on somewhere else. */
export interface SeatRecord {
  streamId: StreamId;
  resumeId: string;
  generation: number;
  edge: EdgeId;
  /** Epoch ms, by the clock of the directory that gave it out, and later than any seat that was known there. */
  claimedAt: number;
}

/** What became of seats that one identity had in several regions. */
export interface SettledSeats {
  /** False when a region did not answer: to be asked again. */
  complete: boolean;
  /** The one claimed last, if there were others. */
  stays?: SeatRecord;
  /** Other sessions, void by now; each is still to be told where it is. */
  gaveWay: { streamId: StreamId; edge: EdgeId }[];
}

export type SeatResult =
  | {
      ok: true;
      streamId: StreamId;
      resumeId: string;
      generation: number;
      room: RoomRecord;
      /** The same identity was seated with another resume id, which is now void. */
      replaced?: { streamId: StreamId; edge: EdgeId };
    }
  /** `until` (epoch ms) comes with `removed`. */
  | { ok: false; reason: 'room_full' | 'removed' | 'replaced' | 'too_many_rooms'; until?: number };

export type CreateRoomResult =
  | { ok: true; created: boolean; room: RoomRecord }
  /** The room as it is. */
  | { ok: false; reason: 'different_settings'; room: RoomRecord }
  | { ok: false; reason: 'too_many_rooms' };

export type RegistryErrorCode =
  | 'unavailable'
  | 'edge_id_taken'
  | 'too_many_edges'
  | 'too_many_rooms'
  | 'too_many_members'
  | 'too_many_moderated';

/** A bound that was hit where the answer has no place for it. */
export class RegistryError extends Error {
  override name = 'RegistryError';
  readonly code: RegistryErrorCode;
  constructor(code: RegistryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Page {
  after?: string;
  limit: number;
}
