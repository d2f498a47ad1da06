import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { RoomVersion } from '../event-log.ts';
import { DEFAULT_REGISTRY_LIMITS, LEASE_TTL_MS, type RegistryLimits } from '../limits.ts';
import {
  type CreateRoomResult,
  type EdgeLease,
  type LeaseRenewal,
  type MemberRecord,
  type ModerationChange,
  type ModerationPage,
  type ModerationResult,
  type ModerationState,
  type Page,
  type Registry,
  RegistryError,
  type RoomPlace,
  type RoomPlaces,
  type RoomRecord,
  type RoomSettings,
  type SeatRecord,
  type SeatRequest,
  type SeatResult,
  type SettledSeats,
} from '../registry.ts';
import { Contact } from './contact.ts';
import { escaped, readMember, readRoom, texts, writeMember } from './encoding.ts';
import { type KeySpace, Keys, SHARDS } from './keys.ts';
import { RedisLeases } from './redis-leases.ts';
import { RedisModerations } from './redis-moderations.ts';
import { RedisPlaces } from './redis-places.ts';
import { RedisSeats } from './redis-seats.ts';
import { RedisSweep } from './redis-sweep.ts';
import { RoomCommands } from './room-commands.ts';
import { COMMAND_TIMEOUT_MS, type RedisClient, Scripts } from './scripts.ts';

export interface RedisRegistryOptions extends KeySpace {
  limits?: Partial<RegistryLimits>;
  /** The longest that one command waits for its answer, in ms; 1,500 unless given. */
  timeoutMs?: number;
  /** A lease is dead this long after its last renewal, in ms; 5,000 unless given. */
  leaseTtlMs?: number;
}

export interface RedisRegistryDeps {
  /** Must refuse commands at once while it is away (no offline queue). */
  redis: RedisClient;
  /** Epoch ms. */
  clock: { now(): number };
}

/** What one script removes of a room that is deleted: some 3 ms of Redis' time. */
const MEMBERS_PER_SCRIPT = 100;

/**
 * The engine in one region's Redis, for any number of directories and edges. Each change is one script, so that it is
 * atomic, and touches one room, so that it works in a Redis Cluster. What has run out goes when somebody calls
 * {@link RedisRegistry.sweep}; nothing here has a timer.
 */
export class RedisRegistry implements Registry {
  readonly #limits: RegistryLimits;
  readonly #keys: Keys;
  readonly #scripts: Scripts;
  readonly #contact: Contact;
  readonly #leases: RedisLeases;
  readonly #rooms: RoomCommands;
  readonly #places: RedisPlaces;
  readonly #seats: RedisSeats;
  /** Of a room that is created without saying. */
  readonly #defaults: readonly (string | number)[];
  readonly #moderations: RedisModerations;
  readonly #sweep: RedisSweep;
  #sweeping: Promise<void> | undefined;

  constructor(options: RedisRegistryOptions, { redis, clock }: RedisRegistryDeps) {
    const { region, timeoutMs = COMMAND_TIMEOUT_MS, leaseTtlMs = LEASE_TTL_MS } = options;
    const limits = { ...DEFAULT_REGISTRY_LIMITS, ...options.limits };
    const keys = new Keys(options);
    const contact = new Contact({ redis, clock });
    const onOutcome = (isContact: boolean): void => contact.note(isContact);
    const scripts = new Scripts({ region, timeoutMs }, { redis, onOutcome });
    const leases = new RedisLeases(
      { maxEdges: limits.maxEdges, ttlMs: leaseTtlMs },
      { keys, scripts, clock },
    );
    const rooms = new RoomCommands(limits, { keys, scripts, clock });
    this.#limits = limits;
    this.#keys = keys;
    this.#contact = contact;
    this.#scripts = scripts;
    this.#leases = leases;
    this.#rooms = rooms;
    this.#defaults = settingTexts(limits.roomDefaults);
    this.#seats = new RedisSeats(
      { maxSeatsPerRoom: limits.maxSeatsPerRoom, roomDefaults: this.#defaults },
      { rooms, clock },
    );
    this.#places = new RedisPlaces(limits.maxEdges, { rooms, leases });
    this.#moderations = new RedisModerations(limits.maxModeratedPerRoom, { keys, scripts, rooms, clock });
    this.#sweep = new RedisSweep(limits, { keys, scripts, leases, contact, rooms, clock });
  }

  /** Plain counters, read at scrape time. */
  get stats() {
    return { ...this.#scripts.stats, ...this.#sweep.stats };
  }

  /** Epoch ms since which Redis has answered without a break; undefined while it does not. */
  get contactSinceMs(): number | undefined {
    return this.#contact.sinceMs;
  }

  /**
   * Removes what has run out: members of dead edges, empty rooms, seats and moderation that no ticket can belong to.
   * To be called once a second by directories, by any number of them. Bounded work for each call; removes nothing
   * before this process has been in contact for 10 s.
   */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep.run().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  renewLease(lease: EdgeLease): Promise<LeaseRenewal> {
    return this.#leases.renew(lease);
  }

  dropLease(edge: EdgeId, boot: string): Promise<void> {
    return this.#leases.drop(edge, boot);
  }

  edges(): Promise<EdgeLease[]> {
    return this.#leases.live();
  }

  enterRoom(room: RoomId, place: RoomPlace, known?: RoomVersion): Promise<RoomPlaces> {
    return this.#places.enter(room, place, known);
  }

  leaveRoom(room: RoomId, edge: EdgeId, boot: string): Promise<void> {
    return this.#places.leave(room, edge, boot);
  }

  places(room: RoomId): Promise<RoomPlaces> {
    return this.#places.of(room);
  }

  async createRoom(room: RoomId, settings: Partial<RoomSettings>): Promise<CreateRoomResult> {
    const given = settingTexts(settings);
    const [outcome, found] = await this.#rooms.runCreating('createRoom', room, [...given, ...this.#defaults]);
    if (outcome === 'too_many_rooms') return { ok: false, reason: 'too_many_rooms' };
    const record = readRoom(room, found);
    if (outcome === 'different_settings') return { ok: false, reason: 'different_settings', room: record };
    return { ok: true, created: outcome === 'created', room: record };
  }

  async room(room: RoomId): Promise<RoomRecord | undefined> {
    const reply = await this.#rooms.run('room', room);
    return reply === null ? undefined : readRoom(room, reply);
  }

  async rooms({ after, limit }: Page): Promise<RoomRecord[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) =>
        this.#scripts.command((redis) =>
          redis.zrangebylex(this.#keys.rooms(shard), from, '+', 'LIMIT', 0, limit),
        ),
      ),
    );
    const names = shards.flat().sort().slice(0, limit) as RoomId[];
    const records = await Promise.all(names.map((name) => this.room(name)));
    return records.filter((record) => record !== undefined);
  }

  async deleteRoom(room: RoomId): Promise<boolean> {
    // Of a big room in several steps, as one that removes thousands would hold up all others for too long.
    for (let step = 0; step * MEMBERS_PER_SCRIPT < this.#limits.maxSeatsPerRoom; step++) {
      const left = await this.#rooms.run('removeMembers', room, [MEMBERS_PER_SCRIPT]);
      if (Number(left) <= MEMBERS_PER_SCRIPT) break;
    }
    return (await this.#rooms.run('deleteRoom', room)) === 1;
  }

  claimSeat(request: SeatRequest): Promise<SeatResult> {
    return this.#seats.claim(request);
  }

  seatIsCurrent(room: RoomId, identity: Identity, resumeId: string, generation: number): Promise<boolean> {
    return this.#seats.isCurrent(room, identity, resumeId, generation);
  }

  seat(room: RoomId, identity: Identity): Promise<SeatRecord | undefined> {
    return this.#seats.of(room, identity);
  }

  dropSeat(room: RoomId, identity: Identity, resumeId: string): Promise<void> {
    return this.#seats.drop(room, identity, resumeId);
  }

  /** There is one region. */
  async settleSeats(): Promise<SettledSeats> {
    return { complete: true, gaveWay: [] };
  }

  async putMember(room: RoomId, member: MemberRecord): Promise<void> {
    const { maxRooms, maxSeatsPerRoom } = this.#limits;
    const args = [...this.#defaults, member.streamId, maxSeatsPerRoom, writeMember(member)];
    const [outcome] = await this.#rooms.runCreating('putMember', room, args);
    if (outcome === 'too_many_rooms') {
      throw new RegistryError('too_many_rooms', `A registry holds at most ${maxRooms} rooms.`);
    }
    if (outcome === 'too_many_members') {
      throw new RegistryError('too_many_members', `A room holds at most ${maxSeatsPerRoom} members.`);
    }
  }

  async dropMember(room: RoomId, streamId: StreamId, edge: EdgeId, generation: number): Promise<void> {
    await this.#rooms.run('dropMember', room, [streamId, escaped(edge), generation]);
  }

  async members(room: RoomId, { after, limit }: Page): Promise<MemberRecord[]> {
    const reply = await this.#rooms.run('members', room, [Number(after ?? 0), limit]);
    return texts(reply).map(readMember);
  }

  async member(room: RoomId, identity: Identity): Promise<MemberRecord | undefined> {
    const reply = await this.#rooms.run('member', room, [escaped(identity)]);
    return reply === null ? undefined : readMember(String(reply));
  }

  moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationResult> {
    return this.#moderations.change(room, identity, change);
  }

  moderation(room: RoomId, identity: Identity): Promise<ModerationState> {
    return this.#moderations.state(room, identity);
  }

  moderations(after?: string): Promise<ModerationPage> {
    return this.#moderations.page(after);
  }
}

/** As stored; empty for what is not given. Metadata is JSON and so never empty. */
const settingTexts = (settings: Partial<RoomSettings>): (string | number)[] => {
  const { maxParticipants, emptyTimeoutSeconds, metadata } = settings;
  return [
    maxParticipants ?? '',
    emptyTimeoutSeconds ?? '',
    metadata === undefined ? '' : JSON.stringify(metadata),
  ];
};
