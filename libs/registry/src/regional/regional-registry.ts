import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { RoomVersion } from '../event-log.ts';
import { DEFAULT_REGISTRY_LIMITS } from '../limits.ts';
import type {
  CreateRoomResult,
  EdgeLease,
  LeaseRenewal,
  MemberRecord,
  ModerationChange,
  ModerationResult,
  ModerationState,
  Page,
  Registry,
  RoomPlace,
  RoomPlaces,
  RoomRecord,
  RoomSettings,
  SeatRecord,
  SeatRequest,
  SeatResult,
  SettledSeats,
} from '../registry.ts';
import { EnteredRooms } from './entered-rooms.ts';
import { mergeMemberPages, mergeRoomPages, mergeRooms, newestMember } from './merging.ts';
import { ModerationRetries } from './moderation-retries.ts';
import { type Answers, askAll, OtherRegions } from './other-regions.ts';
import { RemoteLeases } from './remote-leases.ts';
import type { OpenRegion, RemoteRegion } from './remote-region.ts';
import { createAcrossRegions } from './room-creation.ts';
import type { RoomRegions } from './room-regions.ts';
import { type AskRegion, claimAcrossRegions, insisting, type TryRegion, trying } from './seat-claim.ts';
import { settleAcrossRegions } from './seat-races.ts';

export interface RegionalRegistryOptions {
  region: string;
  /** How long another region is waited for, in ms; 500 unless given. */
  timeoutMs?: number;
  /** How long a region that did not answer is left alone, in ms; 1,000 unless given. */
  restMs?: number;
  /** How long moderation is offered to a region that does not answer, in ms: a ticket's life. */
  retentionMs?: number;
  /** Of so many other regions all are asked about a room that is new here; 4 unless given. */
  askedDirectly?: number;
}

export interface RegionalRegistryDeps {
  own: Registry;
  /** By region; called when it is needed for the first time. */
  others: ReadonlyMap<string, OpenRegion>;
  /** Without it every region is asked about every room. */
  control?: RoomRegions;
  /** Epoch ms. */
  clock: { now(): number };
}

/**
 * One registry over several regions, each with a state of its own. What an edge writes goes to its own region;
 * a join goes to the region of the edge it is placed on; what is read is put together from the regions that
 * answer, so that a region that is away takes nobody else along.
 *
 * A room's limit of participants counts all its regions as well as it can: people whose hello is still expected
 * count in their own region only, people in a region that does not answer not at all, and joins that race in two
 * regions may each take the last seat.
 */
export class RegionalRegistry implements Registry {
  readonly #region: string;
  readonly #askedDirectly: number;
  readonly #own: Registry;
  readonly #others: OtherRegions;
  readonly #clock: { now(): number };
  readonly #entered: EnteredRooms | undefined;
  readonly #leases: RemoteLeases;
  readonly #retries: ModerationRetries;
  #regionsOfEdges: ReadonlyMap<string, string> = new Map();

  constructor(options: RegionalRegistryOptions, deps: RegionalRegistryDeps) {
    const { region, timeoutMs = 500, restMs = 1_000 } = options;
    const { own, others, control, clock } = deps;
    this.#region = region;
    this.#askedDirectly = options.askedDirectly ?? 4;
    this.#own = own;
    this.#clock = clock;
    this.#others = new OtherRegions({ region, timeoutMs, restMs }, { others, control, clock });
    this.#entered = control && new EnteredRooms(region, { control, clock });
    this.#leases = new RemoteLeases(this.#others.all, { clock });
    const retentionMs = options.retentionMs ?? DEFAULT_REGISTRY_LIMITS.retentionMs;
    this.#retries = new ModerationRetries(retentionMs, { clock });
  }

  /** Other regions by name, for metrics. */
  get remotes(): ReadonlyMap<string, Pick<RemoteRegion, 'stats' | 'rests'>> {
    return this.#others.byName;
  }

  /** Moderation that waits for a region. */
  get retries(): Pick<ModerationRetries, 'size' | 'stats' | 'retry'> {
    return this.#retries;
  }

  /** Opens the other regions; nobody waits for it. */
  warm(): void {
    for (const remote of this.#others.all) void remote.warm();
  }

  /** Ends what it does by itself; the regions' registries are their owner's. */
  stop(): void {
    this.#retries.stop();
  }

  async renewLease(lease: EdgeLease): Promise<LeaseRenewal> {
    void this.#entered?.step();
    return this.#own.renewLease(lease);
  }

  dropLease(edge: EdgeId, boot: string): Promise<void> {
    return this.#own.dropLease(edge, boot);
  }

  /** Those of other regions are up to a second old. */
  async edges(): Promise<EdgeLease[]> {
    const [own, others] = await Promise.all([this.#own.edges(), this.#leases.get()]);
    const regions = new Map<string, string>();
    for (const { edge, region } of others) regions.set(edge, region);
    for (const { edge } of own) regions.set(edge, this.#region);
    this.#regionsOfEdges = regions;
    return [...own, ...others].sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }

  async enterRoom(
    room: RoomId,
    place: RoomPlace,
    known?: RoomVersion,
    named?: (places: readonly RoomPlace[]) => void,
  ): Promise<RoomPlaces> {
    const entered = this.#entered;
    const isKnown = entered === undefined || entered.has(room);
    // In this order, so that of two edges that enter at once, in two regions, one finds the other.
    const own = await this.#own.enterRoom(room, place, known);
    if (own.places.length > 0) named?.(own.places);
    if (!isKnown && this.#others.all.length <= this.#askedDirectly) {
      // Two round trips to the control Redis less: over an ocean they are a third of a second of somebody's first words.
      void entered.enter(room).catch(() => undefined);
      return this.#withRemotePlaces(own, this.#others.all, room);
    }
    const isSaid =
      isKnown ||
      (await entered.enter(room).then(
        () => true,
        () => false,
      ));
    const remotes = isSaid ? await this.#others.ofRoom(room, !isKnown) : this.#others.all;
    return this.#withRemotePlaces(own, remotes, room);
  }

  async leaveRoom(room: RoomId, edge: EdgeId, boot: string): Promise<void> {
    this.#entered?.leave(room);
    await this.#own.leaveRoom(room, edge, boot);
  }

  async places(room: RoomId): Promise<RoomPlaces> {
    const [own, remotes] = await Promise.all([this.#own.places(room), this.#others.ofRoom(room)]);
    return this.#withRemotePlaces(own, remotes, room);
  }

  /** In its own region, and in every other that has it already. */
  async createRoom(room: RoomId, settings: Partial<RoomSettings>): Promise<CreateRoomResult> {
    const { all } = this.#others;
    const regions = async () =>
      all.length <= this.#askedDirectly ? all : await this.#others.ofRoom(room, true);
    const stored = () => this.#others.add(room, this.#region);
    return createAcrossRegions({ room, settings }, this.#own, regions, stored);
  }

  /** Participants of all its regions, settings of the first that has it. */
  async room(room: RoomId): Promise<RoomRecord | undefined> {
    const { values } = await this.#ask(room, (registry) => registry.room(room));
    return mergeRooms(values.filter((record) => record !== undefined));
  }

  async rooms(page: Page): Promise<RoomRecord[]> {
    const { values } = await this.#askEverywhere((registry) => registry.rooms(page));
    return mergeRoomPages(values, page.limit);
  }

  /** In all regions that answer; in another the room ends with its last participant. */
  async deleteRoom(room: RoomId): Promise<boolean> {
    const { values } = await this.#askEverywhere((registry) => registry.deleteRoom(room));
    return values.includes(true);
  }

  async claimSeat(request: SeatRequest): Promise<SeatResult> {
    const { room, identity, edge } = request;
    const [region, remotes] = await Promise.all([this.#regionOf(edge), this.#others.ofRoom(room)]);
    const away = this.#others.named(region);
    const others: TryRegion[] = remotes.filter((remote) => remote !== away).map(trying);
    if (away !== undefined) {
      // A removal may not have reached the other region yet.
      const { removedUntil } = await this.#own.moderation(room, identity);
      if (removedUntil > this.#clock.now()) return { ok: false, reason: 'removed', until: removedUntil };
      others.push((question) => question(this.#own).catch(() => undefined));
    }
    const target: AskRegion = away === undefined ? (question) => question(this.#own) : insisting(away);
    const result =
      others.length === 0
        ? await target((registry) => registry.claimSeat(request))
        : await claimAcrossRegions(request, target, others, this.#clock.now());
    if (result.ok) await this.#others.add(room, region);
    return result;
  }

  async seatIsCurrent(
    room: RoomId,
    identity: Identity,
    resumeId: string,
    generation: number,
  ): Promise<boolean> {
    if (await this.#own.seatIsCurrent(room, identity, resumeId, generation)) return true;
    const remotes = await this.#others.ofRoom(room);
    if (remotes.length === 0) return false;
    const [seat, { removedUntil }] = await Promise.all([
      this.#own.seat(room, identity),
      this.#own.moderation(room, identity),
    ]);
    // With a seat here, its region has the last word.
    if (seat !== undefined || removedUntil > this.#clock.now()) return false;
    const { values } = await askAll(remotes, (registry) =>
      registry.seatIsCurrent(room, identity, resumeId, generation),
    );
    return values.includes(true);
  }

  async seat(room: RoomId, identity: Identity): Promise<SeatRecord | undefined> {
    const { values } = await this.#ask(room, (registry) => registry.seat(room, identity));
    return values.find((seat) => seat !== undefined);
  }

  async dropSeat(room: RoomId, identity: Identity, resumeId: string): Promise<void> {
    await this.#ask(room, (registry) => registry.dropSeat(room, identity, resumeId));
  }

  /** All regions are asked, as which of them have the room is not known to the last second. */
  settleSeats(room: RoomId, identity: Identity): Promise<SettledSeats> {
    if (this.#others.all.length === 0) return this.#own.settleSeats(room, identity);
    return settleAcrossRegions(room, identity, this.#own, this.#others.all);
  }

  putMember(room: RoomId, member: MemberRecord): Promise<void> {
    return this.#own.putMember(room, member);
  }

  dropMember(room: RoomId, streamId: StreamId, edge: EdgeId, generation: number): Promise<void> {
    return this.#own.dropMember(room, streamId, edge, generation);
  }

  async members(room: RoomId, page: Page): Promise<MemberRecord[]> {
    const { values } = await this.#ask(room, (registry) => registry.members(room, page));
    return mergeMemberPages(values, page.limit);
  }

  async member(room: RoomId, identity: Identity): Promise<MemberRecord | undefined> {
    const { values } = await this.#ask(room, (registry) => registry.member(room, identity));
    return newestMember(values.filter((member) => member !== undefined));
  }

  /** In every region, as a removed participant must not come back by any edge; offered again where it is not taken. */
  async moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationResult> {
    const state = await this.#own.moderate(room, identity, change);
    const pendingRegions: string[] = [];
    await Promise.all(
      this.#others.all.map(async (remote) => {
        const { complete } = await askAll([remote], (registry) => registry.moderate(room, identity, change));
        if (complete) this.#retries.settle(remote, room, identity, change);
        else {
          this.#retries.add(remote, room, identity, change);
          pendingRegions.push(remote.region);
        }
      }),
    );
    return pendingRegions.length === 0 ? state : { ...state, pendingRegions: pendingRegions.sort() };
  }

  /** As the own region has it, which every moderation reaches. */
  moderation(room: RoomId, identity: Identity): Promise<ModerationState> {
    return this.#own.moderation(room, identity);
  }

  async #regionOf(edge: string): Promise<string> {
    if (!this.#regionsOfEdges.has(edge)) await this.edges();
    return this.#regionsOfEdges.get(edge) ?? this.#region;
  }

  async #withRemotePlaces(
    own: RoomPlaces,
    remotes: readonly RemoteRegion[],
    room: RoomId,
  ): Promise<RoomPlaces> {
    if (remotes.length === 0) return own;
    const { values, complete } = await askAll(remotes, (registry) => registry.places(room));
    const places = [own, ...values].flatMap((part) => part.places);
    return {
      ...own,
      places: places.sort((a, b) => (a.edge < b.edge ? -1 : 1)),
      complete: own.complete && complete && values.every((part) => part.complete),
    };
  }

  /** The own region first, then the others that have the room; only the own one's failure is one. */
  async #ask<T>(room: RoomId, question: (registry: Registry) => Promise<T>): Promise<Answers<T>> {
    const [own, others] = await Promise.all([
      question(this.#own),
      this.#others.ofRoom(room).then((remotes) => askAll(remotes, question)),
    ]);
    return { values: [own, ...others.values], complete: others.complete };
  }

  async #askEverywhere<T>(question: (registry: Registry) => Promise<T>): Promise<Answers<T>> {
    const [own, others] = await Promise.all([question(this.#own), askAll(this.#others.all, question)]);
    return { values: [own, ...others.values], complete: others.complete };
  }
}
