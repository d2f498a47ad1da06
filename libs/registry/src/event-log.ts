import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';

/**
 * What happened to rooms, appended in the same atomic step as the change itself. Kept until delivered, up to a
 * bound; ordered per room by version.
 */
export interface EventLog {
  /**
   * The oldest events that nobody has acknowledged, at most `limit`, of the shards that this consumer holds. A
   * consumer holds a shard by itself, so that a room's events stay in order; shards of one that is gone for 10 s
   * go to others. Events that were read and not acknowledged come again.
   */
  read(consumer: string, limit: number): Promise<LoggedEvent[]>;
  acknowledge(consumer: string, events: readonly LoggedEvent[]): Promise<void>;
  /** Gives the shards of this consumer to others at once. */
  release(consumer: string): Promise<void>;
}

export interface LoggedEvent {
  /** Unique for ever; a receiver recognises a repetition by it. */
  id: string;
  /** Where it is stored; for acknowledging. */
  position: string;
  event: RoomEvent;
}

/** Versions of one room: `counter` goes up within an incarnation; a new incarnation is later than an old one. */
export interface RoomVersion {
  /** Epoch ms at which the room's state was made, and a random part. */
  incarnation: string;
  counter: number;
}

/**
 * `room_started` comes before the first participant's `participant_joined`, `room_ended` when a room that has
 * started is forgotten or deleted, after `participant_left` for whoever is still there; so they come in pairs, and a
 * room that is refilled before its time is over goes on. A reconnect or a move of the same stream id is no event.
 */
export type RoomEvent = { at: number } & (
  | { type: 'room_started'; room: RoomId; version: RoomVersion }
  | { type: 'room_ended'; room: RoomId; version: RoomVersion }
  | {
      type: 'participant_joined' | 'participant_left';
      room: RoomId;
      version: RoomVersion;
      identity: Identity;
      streamId: StreamId;
      name: string;
    }
  | { type: 'edge_drained'; edge: EdgeId; region: string }
);
