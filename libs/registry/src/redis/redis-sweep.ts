import type { EdgeId, RoomId } from '@partyline/protocol';
import type { Contact } from './contact.ts';
import { list, readText, texts } from './encoding.ts';
import { type Keys, SHARDS } from './keys.ts';
import type { RedisLeases, Survey } from './redis-leases.ts';
import type { RoomCommands } from './room-commands.ts';
import type { Scripts } from './scripts.ts';

/** Rooms of one shard that one call looks at, for each of its reasons. */
const ROOMS_PER_SHARD = 64;
/** Identities of one room that one script looks at. */
const IDENTITIES_PER_ROOM = 200;
/** Members of one room that one script looks at for a dead edge: some 3 ms of Redis' time. */
const MEMBERS_PER_SCRIPT = 100;

/** Plain counters, read at scrape time. */
export interface RedisSweepStats {
  sweeps: number;
  /** Rooms that were empty for their time. */
  roomsForgotten: number;
  /** Members of dead edges. */
  orphansRemoved: number;
  /** Rooms whose seats and moderation went early, as too many are remembered. */
  memoriesDropped: number;
  /** Shards that were found empty or set back: all edges tell everything anew. */
  shardsLost: number;
}

export interface RedisSweepOptions {
  maxRooms: number;
  orphanMs: number;
}

export interface RedisSweepDeps {
  keys: Keys;
  scripts: Scripts;
  leases: RedisLeases;
  contact: Contact;
  rooms: RoomCommands;
  clock: { now(): number };
}

interface ShardReport {
  shard: number;
  isLost: boolean;
  rooms: number;
  due: RoomId[];
  overBound: RoomId[];
  /** Escaped edge and boot, separated by a tab. */
  holders: string[];
}

/**
 * Removes what has run out. Every directory does it, once a second; several at once do no harm, as each step looks for
 * itself whether there is something to do.
 */
export class RedisSweep {
  readonly stats: RedisSweepStats = {
    sweeps: 0,
    roomsForgotten: 0,
    orphansRemoved: 0,
    memoriesDropped: 0,
    shardsLost: 0,
  };
  readonly #options: RedisSweepOptions;
  readonly #deps: RedisSweepDeps;
  /** Holder → since when this process, in unbroken contact, has seen it without a lease. */
  #absentSinceMs = new Map<string, number>();
  /** Of the contact in which the absences were seen. */
  #contactSinceMs: number | undefined;
  /** By shard: goes up with each sweep of anybody, unless state was lost. */
  #beats: (number | undefined)[] = [];
  /** In which the beats were seen. */
  #incarnation = '';

  constructor(options: RedisSweepOptions, deps: RedisSweepDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { leases, contact, rooms, clock } = this.#deps;
    const nowMs = Math.floor(clock.now());
    this.stats.sweeps += 1;
    const survey = await leases.survey();
    // All was lost, and every edge learns it at its next renewal.
    if (survey.incarnation !== this.#incarnation) this.#beats = [];
    this.#incarnation = survey.incarnation;
    const shards = Array.from({ length: SHARDS }, (_, shard) => this.#look(shard, nowMs, survey.isSurveyed));
    const reports = await Promise.all(shards);
    rooms.count.set(reports.reduce((sum, report) => sum + report.rooms, 0));
    await this.#checkLoss(reports, survey);
    if (contact.sinceMs !== this.#contactSinceMs) this.#absentSinceMs.clear();
    this.#contactSinceMs = contact.sinceMs;
    const dead = this.#dead(reports, survey.boots, nowMs);
    if (!contact.isLong()) return;
    await Promise.all(reports.map((report) => this.#sweepShard(report, dead)));
    // An edge that came back at this very moment may have told of its members just before they were removed.
    if (dead.size > 0) await this.#tellRisen(dead);
  }

  async #look(shard: number, nowMs: number, isSurveyed: boolean): Promise<ShardReport> {
    const { keys, scripts } = this.#deps;
    const maxRemembered = Math.max(64, Math.ceil((this.#options.maxRooms * 2) / SHARDS));
    const reply = await scripts.run('sweepShard', keys.shard(shard), [nowMs, ROOMS_PER_SHARD, maxRemembered]);
    const [beat, rooms, due, overBound, holders] = list(reply);
    const isLost = Number(beat) <= (this.#beats[shard] ?? 0) || (beat === 1 && isSurveyed);
    this.#beats[shard] = Number(beat);
    return {
      shard,
      isLost,
      rooms: Number(rooms),
      due: texts(due) as RoomId[],
      overBound: texts(overBound) as RoomId[],
      holders: texts(holders),
    };
  }

  /** A shard alone can be lost or set back, with its master in a Cluster; edges know nothing of it. */
  async #checkLoss(reports: readonly ShardReport[], { incarnation, isSurveyed }: Survey): Promise<void> {
    const { leases } = this.#deps;
    const lost = reports.filter(({ isLost }) => isLost);
    if (lost.length === 0) {
      if (!isSurveyed && incarnation !== '') await leases.noteSurveyed(incarnation);
      return;
    }
    this.stats.shardsLost += lost.length;
    try {
      await leases.tellAllAnew();
    } catch (error) {
      // So that the next sweep finds it again.
      for (const { shard } of lost) this.#beats[shard] = Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  #dead(reports: readonly ShardReport[], boots: ReadonlyMap<string, string>, nowMs: number): Set<string> {
    const before = this.#absentSinceMs;
    const dead = new Set<string>();
    this.#absentSinceMs = new Map();
    for (const holder of reports.flatMap(({ holders }) => holders)) {
      const { edge, boot } = parseHolder(holder);
      if (boots.get(edge) === boot) continue;
      const sinceMs = before.get(holder) ?? nowMs;
      this.#absentSinceMs.set(holder, sinceMs);
      if (nowMs >= sinceMs + this.#options.orphanMs) dead.add(holder);
    }
    return dead;
  }

  async #sweepShard({ shard, due, overBound, holders }: ShardReport, dead: Set<string>): Promise<void> {
    const { rooms, scripts, keys } = this.#deps;
    for (const name of due) {
      if ((await rooms.run('sweepRoom', name, [IDENTITIES_PER_ROOM])) === 1) this.stats.roomsForgotten += 1;
    }
    for (const name of overBound) {
      await rooms.run('deleteRoom', name);
      this.stats.memoriesDropped += 1;
    }
    for (const holder of holders) {
      if (!dead.has(holder)) continue;
      const entries = await scripts.command((redis) =>
        redis.zrangebylex(keys.held(shard), `[${holder}\t`, `(${holder}\t~`, 'LIMIT', 0, ROOMS_PER_SHARD),
      );
      for (const entry of entries) await this.#dropHolder(entry.slice(holder.length + 1) as RoomId, holder);
    }
  }

  async #dropHolder(room: RoomId, holder: string): Promise<void> {
    const [edge, boot] = holder.split('\t') as [string, string];
    for (let after = '0'; after !== ''; ) {
      const args = [edge, boot, after, MEMBERS_PER_SCRIPT];
      const [removed, next] = list(await this.#deps.rooms.run('dropHolder', room, args));
      this.stats.orphansRemoved += Number(removed);
      after = String(next);
    }
  }

  async #tellRisen(dead: ReadonlySet<string>): Promise<void> {
    const { boots } = await this.#deps.leases.survey();
    for (const holder of dead) {
      const { edge, boot } = parseHolder(holder);
      if (boots.get(edge) === boot) await this.#deps.leases.tellAnew(edge, boot);
    }
  }
}

const parseHolder = (holder: string): { edge: EdgeId; boot: string } => {
  const [edge, boot] = holder.split('\t') as [string, string];
  return { edge: readText(edge) as EdgeId, boot: readText(boot) };
};
