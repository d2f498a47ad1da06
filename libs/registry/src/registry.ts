import type { EdgeId, Identity, RoomId, SelectionMode, StreamId } from '@partyline/protocol';

/**
 * The state that directories and edges share. One engine keeps it in this process, another (later) in Redis:
 * so every call is asynchronous, every answer a copy, and whatever has to be atomic is one call.
 */
export interface Registry {
  // Edges -----------------------------------------------------------------------------------------------
  /** Creates or refreshes an edge's lease (every 1 s; dead after 5 s without). */
  renewLease(lease: EdgeLease): Promise<void>;
  /** Ends a lease at once, if it is still of this boot. */
  dropLease(edge: EdgeId, boot: string): Promise<void>;
  /** Edges with a live lease, ordered by id. */
  edges(): Promise<EdgeLease[]>;

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
  moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationState>;
  moderation(room: RoomId, identity: Identity): Promise<ModerationState>;
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
  /** Rooms with at least one participant here → number of participants. */
  rooms: Record<string, number>;
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
