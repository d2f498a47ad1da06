import { randomBytes } from 'node:crypto';
import type { RoomId } from '@partyline/protocol';
import type { Reply } from './encoding.ts';
import { type Keys, SHARDS } from './keys.ts';
import { RoomCount } from './room-count.ts';
import type { ScriptName, Scripts } from './scripts.ts';

export interface RoomCommandsOptions {
  maxRooms: number;
  retentionMs: number;
}

export interface RoomCommandsDeps {
  keys: Keys;
  scripts: Scripts;
  clock: { now(): number };
}

type Args = readonly (string | number)[];

/** Runs scripts of one room, each with the keys and the facts that all of them take (see `room-library.ts`). */
export class RoomCommands {
  readonly count: RoomCount;
  readonly #retentionMs: number;
  readonly #deps: RoomCommandsDeps;

  constructor({ maxRooms, retentionMs }: RoomCommandsOptions, deps: RoomCommandsDeps) {
    this.count = new RoomCount(maxRooms, deps);
    this.#retentionMs = retentionMs;
    this.#deps = deps;
  }

  run(name: ScriptName, room: RoomId, args: Args = []): Promise<Reply> {
    const { keys, scripts, clock } = this.#deps;
    const random = randomBytes(6).toString('base64url');
    const facts = [room, Math.floor(clock.now()), random, this.#retentionMs];
    return scripts.run(name, keys.room(room), [...facts, ...args]);
  }

  /** Runs a script that makes the room if it has to, and if there may be another one. */
  async runCreating(name: ScriptName, room: RoomId, args: Args): Promise<Reply[]> {
    const run = async (mayCreate: boolean): Promise<Reply[]> => {
      const reply = await this.run(name, room, [mayCreate ? 1 : 0, ...args]);
      return Array.isArray(reply) ? reply : [reply];
    };
    if (this.count.isFarFromFull) return run(true);
    const reply = await run(false);
    if (reply[0] !== 'too_many_rooms') return reply;
    await this.#countRooms();
    return this.count.isFull ? reply : run(true);
  }

  async #countRooms(): Promise<void> {
    const { keys, scripts } = this.#deps;
    const shards = Array.from({ length: SHARDS }, (_, shard) => keys.rooms(shard));
    const counts = await Promise.all(shards.map((key) => scripts.command((redis) => redis.zcard(key))));
    this.count.set(counts.reduce((sum, count) => sum + count, 0));
  }
}
