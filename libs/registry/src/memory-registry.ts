import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import type { RoomEvent } from './event-log.ts';
import { Leases } from './leases.ts';
import { DEFAULT_REGISTRY_LIMITS, type RegistryLimits } from './limits.ts';
import { Moderations } from './moderations.ts';
import { Places } from './places.ts';
import {
  type CreateRoomResult,
  type EdgeLease,
  type LeaseRenewal,
  type MemberRecord,
  type ModerationChange,
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
} from './registry.ts';
import type { RoomState } from './room-state.ts';
import { RoomStates } from './room-states.ts';
import { newResumeId } from './seats.ts';

/** What has run out is looked for this often, on the next call. */
const SWEEP_EVERY_MS = 1_000;

export interface MemoryRegistryDeps {
  /** Epoch ms. */
  clock: { now(): number };
  /** Is told what happens to rooms, in the same step; nobody is unless given. */
  events?: { append(event: RoomEvent): void };
}

/** The engine inside one process, for a directory and edges that share it. */
export class MemoryRegistry implements Registry {
  readonly #limits: RegistryLimits;
  readonly #clock: { now(): number };
  readonly #leases: Leases;
  readonly #moderations: Moderations;
  readonly #places: Places;
  readonly #rooms: RoomStates;
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: Partial<RegistryLimits>, { clock, events }: MemoryRegistryDeps) {
    const emit = (event: RoomEvent): void => events?.append(event);
    this.#limits = { ...DEFAULT_REGISTRY_LIMITS, ...limits };
    this.#clock = clock;
    this.#leases = new Leases(this.#limits.maxEdges, ({ edge, region }, nowMs) =>
      emit({ type: 'edge_drained', at: Math.floor(nowMs), edge, region }),
    );
    this.#moderations = new Moderations(this.#limits);
    this.#places = new Places(this.#limits);
    this.#rooms = new RoomStates(this.#limits, emit);
  }

  async renewLease(lease: EdgeLease): Promise<LeaseRenewal> {
    return { incarnation: this.#leases.renew(lease, this.#now()) };
  }

  async dropLease(edge: EdgeId, boot: string): Promise<void> {
    const nowMs = this.#now();
    this.#leases.drop(edge, boot, nowMs);
  }

  async enterRoom(room: RoomId, place: RoomPlace): Promise<RoomPlaces> {
    const nowMs = this.#now();
    this.#places.enter(room, place);
    const places = this.#livePlaces(room, nowMs).filter(({ edge }) => edge !== place.edge);
    return { places, complete: true };
  }

  async leaveRoom(room: RoomId, edge: EdgeId, boot: string): Promise<void> {
    this.#now();
    this.#places.leave(room, edge, boot);
  }

  async places(room: RoomId): Promise<RoomPlaces> {
    return { places: this.#livePlaces(room, this.#now()), complete: true };
  }

  async edges(): Promise<EdgeLease[]> {
    return this.#leases.live(this.#now());
  }

  async createRoom(room: RoomId, settings: Partial<RoomSettings>): Promise<CreateRoomResult> {
    const nowMs = this.#now();
    const existing = this.#rooms.get(room);
    if (existing === undefined) {
      const state = this.#rooms.add(room, settings, nowMs);
      return state
        ? { ok: true, created: true, room: state.record() }
        : { ok: false, reason: 'too_many_rooms' };
    }
    const asked = Object.entries(settings) as [keyof RoomSettings, unknown][];
    const same = asked.every(([key, value]) => value === undefined || existing.settings[key] === value);
    return same
      ? { ok: true, created: false, room: existing.record() }
      : { ok: false, reason: 'different_settings', room: existing.record() };
  }

  async room(room: RoomId): Promise<RoomRecord | undefined> {
    this.#now();
    return this.#rooms.get(room)?.record();
  }

  async rooms({ after = '', limit }: Page): Promise<RoomRecord[]> {
    this.#now();
    return this.#rooms.page(after, limit).map((state) => state.record());
  }

  async deleteRoom(room: RoomId): Promise<boolean> {
    const nowMs = this.#now();
    this.#moderations.forgetRoom(room);
    return this.#rooms.delete(room, nowMs);
  }

  async claimSeat(request: SeatRequest): Promise<SeatResult> {
    const nowMs = this.#now();
    const { identity, resumed } = request;
    const { removedUntil } = this.#moderations.state(request.room, identity);
    if (removedUntil > nowMs) return { ok: false, reason: 'removed', until: removedUntil };
    const state = this.#rooms.get(request.room) ?? this.#rooms.add(request.room, {}, nowMs);
    if (state === undefined) return { ok: false, reason: 'too_many_rooms' };

    const { seats } = state;
    const old = seats.get(identity);
    const sameSession = old !== undefined && old.resumeId === request.resumeId;
    if (resumed !== undefined && old !== undefined && !sameSession) return { ok: false, reason: 'replaced' };
    const isSeated = old !== undefined && state.isOccupied(old, nowMs);
    const isFull = !isSeated && state.occupancy(nowMs) >= state.settings.maxParticipants;
    const isOverBound = old === undefined && seats.size >= this.#limits.maxSeatsPerRoom;
    if (isFull || isOverBound) return { ok: false, reason: 'room_full' };

    const isInUse = (streamId: number): boolean => state.members.has(streamId);
    const { edge, seatTtlMs } = request;
    const claimedAtMs = Math.max(nowMs, (request.claimedAfter ?? 0) + 1, (old?.claimedAtMs ?? 0) + 1);
    const seat = { edge, pendingUntilMs: nowMs + seatTtlMs, seenAtMs: nowMs, claimedAtMs };
    const { streamId, resumeId, generation } = sameSession
      ? { ...old, generation: Math.max(old.generation, resumed?.generation ?? 0) + 1 }
      : resumed !== undefined && request.resumeId !== undefined && !seats.isTaken(resumed.streamId)
        ? { streamId: resumed.streamId, resumeId: request.resumeId, generation: resumed.generation + 1 }
        : { streamId: seats.newStreamId(isInUse), resumeId: newResumeId(), generation: 0 };
    seats.set(identity, { ...seat, streamId, resumeId, generation });
    state.occupiedAtMs = nowMs;
    this.#moderations.seen(request.room, identity, nowMs);
    const replaced =
      old === undefined || sameSession
        ? undefined
        : { streamId: old.streamId, edge: state.members.get(old.streamId)?.record.edge ?? old.edge };
    return {
      ok: true,
      streamId,
      resumeId,
      generation,
      room: state.record(),
      ...(replaced && { replaced }),
    };
  }

  async seatIsCurrent(
    room: RoomId,
    identity: Identity,
    resumeId: string,
    generation: number,
  ): Promise<boolean> {
    const nowMs = this.#now();
    const seat = this.#rooms.seat(room, identity);
    if (seat === undefined || seat.resumeId !== resumeId || generation < seat.generation) return false;
    return this.#moderations.state(room, identity).removedUntil <= nowMs;
  }

  async seat(room: RoomId, identity: Identity): Promise<SeatRecord | undefined> {
    this.#now();
    const seat = this.#rooms.seat(room, identity);
    if (seat === undefined) return undefined;
    const { streamId, resumeId, generation, edge, claimedAtMs: claimedAt } = seat;
    return { streamId, resumeId, generation, edge, claimedAt };
  }

  /** There is one region. */
  async settleSeats(): Promise<SettledSeats> {
    return { complete: true, gaveWay: [] };
  }

  async dropSeat(room: RoomId, identity: Identity, resumeId: string): Promise<void> {
    this.#now();
    this.#rooms.dropSeat(room, identity, resumeId);
  }

  async putMember(room: RoomId, member: MemberRecord): Promise<void> {
    const nowMs = this.#now();
    const state = this.#rooms.get(room) ?? this.#rooms.add(room, {}, nowMs);
    if (state === undefined) {
      throw new RegistryError('too_many_rooms', `A registry holds at most ${this.#limits.maxRooms} rooms.`);
    }
    const old = state.members.get(member.streamId);
    if (old !== undefined && old.record.generation > member.generation) return;
    if (old === undefined && state.members.size >= this.#limits.maxSeatsPerRoom) {
      throw new RegistryError(
        'too_many_members',
        `A room holds at most ${this.#limits.maxSeatsPerRoom} members.`,
      );
    }
    state.put(member, nowMs);
    this.#moderations.seen(room, member.identity, nowMs);
    const seat = state.seats.get(member.identity);
    if (seat?.streamId === member.streamId && member.generation >= seat.generation) {
      seat.pendingUntilMs = 0;
      seat.seenAtMs = nowMs;
      seat.generation = member.generation;
    }
  }

  async dropMember(room: RoomId, streamId: StreamId, edge: EdgeId, generation: number): Promise<void> {
    const nowMs = this.#now();
    const state = this.#rooms.get(room);
    const old = state?.members.get(streamId)?.record;
    if (state === undefined || old === undefined || old.edge !== edge || old.generation > generation) return;
    this.#removeMember(state, old, nowMs);
  }

  async members(room: RoomId, { after, limit }: Page): Promise<MemberRecord[]> {
    this.#now();
    const afterId = Number(after ?? 0);
    const state = this.#rooms.get(room);
    if (state === undefined) return [];
    return [...state.members.keys()]
      .filter((streamId) => streamId > afterId)
      .sort((a, b) => a - b)
      .slice(0, limit)
      .map((streamId) => ({ ...state.members.get(streamId)!.record }));
  }

  async member(room: RoomId, identity: Identity): Promise<MemberRecord | undefined> {
    this.#now();
    const record = this.#rooms.get(room)?.memberOf(identity);
    return record && { ...record };
  }

  async moderate(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationState> {
    return this.#moderations.change(room, identity, change, this.#now());
  }

  async moderation(room: RoomId, identity: Identity): Promise<ModerationState> {
    this.#now();
    return this.#moderations.state(room, identity);
  }

  async moderations() {
    return { entries: this.#moderations.all(this.#now()) };
  }

  /** The time; what has run out by then is gone once a second. A timer would only do the same unseen. */
  #now(): number {
    const nowMs = this.#clock.now();
    if (nowMs >= this.#sweptAtMs + SWEEP_EVERY_MS) {
      this.#sweptAtMs = nowMs;
      this.#sweep(nowMs);
    }
    return nowMs;
  }

  #livePlaces(room: RoomId, nowMs: number): RoomPlace[] {
    return this.#places.of(room).filter(({ edge, boot }) => this.#leases.isLive(edge, boot, nowMs));
  }

  #removeMember(state: RoomState, member: MemberRecord, nowMs: number): void {
    state.remove(member, nowMs);
    this.#moderations.seen(state.room, member.identity, nowMs);
    const seat = state.seats.get(member.identity);
    if (seat?.streamId === member.streamId) seat.seenAtMs = nowMs;
  }

  #sweep(nowMs: number): void {
    for (const state of this.#rooms.all()) this.#sweepOrphans(state, nowMs);
    this.#rooms.sweep(nowMs);
    const isPresent = (room: string, identity: string): boolean =>
      this.#rooms.get(room as RoomId)?.memberOf(identity) !== undefined;
    this.#moderations.sweep(nowMs, isPresent);
    this.#leases.sweep(nowMs);
    this.#places.sweep((edge, boot) => this.#leases.isLive(edge, boot, nowMs));
  }

  /** Members of an edge that has been dead for a while: nobody else will drop them. */
  #sweepOrphans(state: RoomState, nowMs: number): void {
    for (const member of state.members.values()) {
      const { edge, boot } = member.record;
      if (this.#leases.isLive(edge, boot, nowMs)) member.edgeSeenAtMs = nowMs;
      else if (nowMs >= member.edgeSeenAtMs + this.#limits.orphanMs) {
        this.#removeMember(state, member.record, nowMs);
      }
    }
  }
}
