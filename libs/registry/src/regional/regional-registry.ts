import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { RoomVersion } from '../event-log.ts';
import { DEFAULT_REGISTRY_LIMITS } from '../limits.ts';
import type {
  CreateRoomResult,
  EdgeLease,
  LeaseRenewal,
  MemberRecord,
  ModerationChange,
  ModerationPage,
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
import { type Answers, askAll, OtherRegions } from './other-regions.ts';
import { RegionalModeration } from './regional-moderation.ts';
import { RegionalSeats } from './regional-seats.ts';
import { RemoteLeases } from './remote-leases.ts';
import type { OpenRegion, RemoteRegion } from './remote-region.ts';
import { createAcrossRegions } from './room-creation.ts';
import type { RoomRegions } from './room-regions.ts';
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
  /** Since when `own` has answered without a break; without it nothing there is ever taken for lost. */
  contactSinceMs?: () => number | undefined;
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
  readonly #entered: EnteredRooms | undefined;
  readonly #leases: RemoteLeases;
  readonly #moderation: RegionalModeration;
  readonly #seats: RegionalSeats;
  #regionsOfEdges: ReadonlyMap<string, string> = new Map();

  constructor(options: RegionalRegistryOptions, deps: RegionalRegistryDeps) {
    const { region, timeoutMs = 500, restMs = 1_000 } = options;
    const { own, others, control, clock, contactSinceMs } = deps;
    this.#region = region;
    this.#askedDirectly = options.askedDirectly ?? 4;
    this.#own = own;
    this.#others = new OtherRegions({ region, timeoutMs, restMs }, { others, control, clock });
    this.#entered = control && new EnteredRooms(region, { control, clock });
    this.#leases = new RemoteLeases(this.#others.all, { clock });
    const retentionMs = options.retentionMs ?? DEFAULT_REGISTRY_LIMITS.retentionMs;
    this.#moderation = new RegionalModeration(retentionMs, {
      own,
      contactSinceMs,
      others: this.#others.all,
      clock,
    });
    this.#seats = new RegionalSeats({
      own,
      others: this.#others,
      regionOf: (edge) => this.#regionOf(edge),
      isWhole: () => this.#moderation.isWhole,
      clock,
    });
  }

  /** Other regions by name, for metrics. */
  get remotes(): ReadonlyMap<string, Pick<RemoteRegion, 'stats' | 'rests'>> {
    return this.#others.byName;
  }

  /** Moderation that waits for a region. */
  get retries(): Pick<RegionalModeration['retries'], 'size' | 'stats' | 'retry'> {
    return this.#moderation.retries;
  }

  /** Moderation that the own region has lost. */
  get repair(): Pick<RegionalModeration['repair'], 'stats' | 'step' | 'onRestored'> {
    return this.#moderation.repair;
  }

  /** Opens the other regions. Resolves when each has been reached, or is known to be away; never rejects. */
  async warm(): Promise<void> {
    await Promise.all(this.#others.all.map((remote) => remote.warm()));
  }

  /** Ends what it does by itself; the regions' registries are their owner's. */
  stop(): void {
    this.#moderation.retries.stop();
  }

  async renewLease(lease: EdgeLease): Promise<LeaseRenewal> {
    void this.#entered?.step();
    return this.#own.renewLease(lease);
  }

  dropLease(edge: EdgeId, boot: string): Promise<void> {
    return this.#own.dropLease(edge, boot);
  }

  async edges(fresh = false): Promise<EdgeLease[]> {
    const [own, others] = await Promise.all([this.#own.edges(), this.#leases.get(fresh)]);
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

  claimSeat(request: SeatRequest): Promise<SeatResult> {
    return this.#seats.claim(request);
  }

  seatIsCurrent(room: RoomId, identity: Identity, resumeId: string, generation: number): Promise<boolean> {
    return this.#seats.isCurrent(room, identity, resumeId, generation);
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

  /** Offered again where it is not taken. */
  moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationResult> {
    return this.#moderation.change(room, identity, change);
  }

  moderation(room: RoomId, identity: Identity): Promise<ModerationState> {
    return this.#moderation.state(room, identity);
  }

  moderations(after?: string): Promise<ModerationPage> {
    return this.#own.moderations(after);
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
