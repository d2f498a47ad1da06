import type { Identity, RoomId } from '@partyline/protocol';
import {
  type ModerationChange,
  type ModerationEntry,
  type ModerationPage,
  type ModerationState,
  RegistryError,
} from '../registry.ts';
import { escaped, list, readModeration, readText, texts } from './encoding.ts';
import { type Keys, SHARDS } from './keys.ts';
import type { RoomCommands } from './room-commands.ts';
import type { Scripts } from './scripts.ts';

/** Rooms that one step of a walk through all moderation looks at, more or less. */
const ROOMS_PER_STEP = 64;
/** Identities of one room that are read at once. */
const IDENTITIES_AT_ONCE = 500;

export interface RedisModerationsDeps {
  keys: Keys;
  scripts: Scripts;
  rooms: RoomCommands;
  clock: { now(): number };
}

/** What moderators have decided, in one region's Redis. */
export class RedisModerations {
  readonly #maxPerRoom: number;
  readonly #deps: RedisModerationsDeps;

  constructor(maxPerRoom: number, deps: RedisModerationsDeps) {
    this.#maxPerRoom = maxPerRoom;
    this.#deps = deps;
  }

  async change(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationState> {
    const { muted, removedUntil, selection } = change;
    const reply = await this.#deps.rooms.run('moderate', room, [
      escaped(identity),
      muted === undefined ? '' : muted ? 1 : 0,
      removedUntil === undefined ? '' : Math.floor(removedUntil),
      selection ?? '',
      this.#maxPerRoom,
    ]);
    if (list(reply)[0] === 'too_many_moderated') {
      throw new RegistryError(
        'too_many_moderated',
        `At most ${this.#maxPerRoom} participants of a room can be moderated; undo some first.`,
      );
    }
    return readModeration(reply);
  }

  async state(room: RoomId, identity: Identity): Promise<ModerationState> {
    return readModeration(await this.#deps.rooms.run('moderation', room, [escaped(identity)]));
  }

  /** @param after shard and cursor of Redis' own walk, which misses nothing that is there all the time */
  async page(after = '0:0'): Promise<ModerationPage> {
    const { keys, scripts } = this.#deps;
    const [shard, from] = after.split(':') as [string, string];
    const reply = await scripts.run('moderatedRooms', keys.shard(Number(shard)), [
      from,
      ROOMS_PER_STEP,
      keys.moderations(Number(shard)),
    ]);
    const [cursor, rooms] = list(reply);
    const found = await Promise.all(texts(rooms).map((room) => this.#ofRoom(Number(shard), room as RoomId)));
    const entries = found.flat();
    if (String(cursor) !== '0') return { entries, next: `${shard}:${cursor}` };
    return Number(shard) + 1 < SHARDS ? { entries, next: `${Number(shard) + 1}:0` } : { entries };
  }

  async #ofRoom(shard: number, room: RoomId): Promise<ModerationEntry[]> {
    const { keys, scripts, clock } = this.#deps;
    const key = `${keys.moderations(shard)}${room}`;
    const entries: ModerationEntry[] = [];
    let cursor = '0';
    do {
      const [next, fields] = await scripts.command((redis) =>
        redis.hscan(key, cursor, 'COUNT', IDENTITIES_AT_ONCE),
      );
      for (let index = 0; index + 1 < fields.length; index += 2) {
        const identity = readText(fields[index]) as Identity;
        const state = readModeration(fields[index + 1]!.split('\t'));
        const holds = state.muted || state.selection !== 'auto' || state.removedUntil > clock.now();
        if (holds) entries.push({ room, identity, state });
      }
      cursor = next;
    } while (cursor !== '0');
    return entries;
  }
}
