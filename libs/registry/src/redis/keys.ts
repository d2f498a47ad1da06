import type { EdgeId, RoomId } from '@partyline/protocol';

/** Rooms are spread over this many shards; a constant of the stored data, not a setting. */
export const SHARDS = 16;

/** Which part of a Redis is this registry's. */
export interface KeySpace {
  /** Without a colon at its end, such as `partyline`. */
  prefix: string;
  /** Two regions may share a Redis, as on one machine. */
  region: string;
}

/**
 * Names of keys. What one script touches carries one hash tag, so that it lies in one slot of a Redis Cluster:
 * `{s0}` … `{s15}` for rooms by the hash of their name, `{edges}` for leases.
 */
export class Keys {
  readonly #base: string;

  constructor({ prefix, region }: KeySpace) {
    this.#base = `${prefix}:${region}:`;
  }

  /** Everything that a script of one room may touch, in the order in which `room-library.ts` names it. */
  room(room: RoomId): string[] {
    const shard = this.#shard(shardOf(room));
    return [
      ...['rooms', 'due', 'held', 'events', 'forgotten', 'shard'].map((name) => `${shard}${name}`),
      ...ROOM_PARTS.map((name) => `${shard}${name}:${room}`),
    ];
  }

  /** Names of a shard's rooms. */
  rooms(shard: number): string {
    return `${this.#shard(shard)}rooms`;
  }

  /** With a room's name behind it the key of that room's moderation. */
  moderations(shard: number): string {
    return `${this.#shard(shard)}moderation:`;
  }

  held(shard: number): string {
    return `${this.#shard(shard)}held`;
  }

  /** What a sweep of a shard looks at. */
  shard(shard: number): string[] {
    return ['rooms', 'due', 'held', 'forgotten', 'shard'].map((name) => `${this.#shard(shard)}${name}`);
  }

  /** Of one shard: stream, its consumer's lease, counters. */
  events(shard: number): string[] {
    return ['events', 'consumer', 'shard'].map((name) => `${this.#shard(shard)}${name}`);
  }

  lease(edge: EdgeId): string {
    return `${this.leasePrefix}${edge}`;
  }

  get leasePrefix(): string {
    return `${this.#edges}lease:`;
  }

  /** Ids of edges, the stored state's incarnation, events of edges, and their counters. */
  get edges(): string[] {
    return ['ids', 'incarnation', 'events', 'shard'].map((name) => `${this.#edges}${name}`);
  }

  /** The shard after the rooms' is that of the edges. */
  #shard(shard: number): string {
    return shard === SHARDS ? this.#edges : `${this.#base}{s${shard}}:`;
  }

  get #edges(): string {
    return `${this.#base}{edges}:`;
  }
}

const ROOM_PARTS = [
  'room',
  'seats',
  'streams',
  'members',
  'order',
  'identities',
  'pending',
  'seen',
  'places',
  'holders',
  'moderation',
];

/** FNV-1a over the name, which is ASCII. Every version of this code must agree on it. */
export const shardOf = (room: RoomId): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < room.length; index++) {
    hash = Math.imul(hash ^ room.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & (SHARDS - 1);
};
