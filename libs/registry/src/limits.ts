import type { RoomSettings } from './registry.ts';

/** Settings of a room that nobody has created by name. */
export const DEFAULT_ROOM_SETTINGS: RoomSettings = {
  maxParticipants: 1_000,
  emptyTimeoutSeconds: 300,
  metadata: '',
};

/** A lease is dead this long after its last renewal, in ms. */
export const LEASE_TTL_MS = 5_000;

/** Bounds and times of a registry; every one can be set. */
export interface RegistryLimits {
  maxRooms: number;
  maxEdges: number;
  /** Mutes, removals and selections remembered for one room. */
  maxModeratedPerRoom: number;
  /** Seats remembered for one room, those of participants who have left included. */
  maxSeatsPerRoom: number;
  /** Seats and moderation are kept this long after the participant was last seen: a ticket's life with its grace. */
  retentionMs: number;
  /** Members of an edge whose lease is dead are forgotten after this long, in ms. */
  orphanMs: number;
  /** Settings of rooms created on the fly, and for what a creation does not name. */
  roomDefaults: RoomSettings;
}

export const DEFAULT_REGISTRY_LIMITS: RegistryLimits = {
  maxRooms: 10_000,
  maxEdges: 1_000,
  maxModeratedPerRoom: 10_000,
  maxSeatsPerRoom: 20_000,
  retentionMs: 1_260_000,
  orphanMs: 10_000,
  roomDefaults: DEFAULT_ROOM_SETTINGS,
};
