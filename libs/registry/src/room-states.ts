import type { RoomId } from '@partyline/protocol';
import type { RegistryLimits } from './limits.ts';
import type { RoomSettings } from './registry.ts';
import { type EventSink, RoomState } from './room-state.ts';
import type { Seat, Seats } from './seats.ts';

/**
 * The rooms of a registry in memory. Seats outlive a room that was forgotten because it was empty: whoever was
 * alone in it and comes back has not been replaced by anybody.
 */
export class RoomStates {
  readonly #rooms = new Map<string, RoomState>();
  /** Oldest first; as many as there may be rooms. */
  readonly #seatsOfForgotten = new Map<string, Seats>();
  readonly #limits: RegistryLimits;
  readonly #emit: EventSink;
  #latestIncarnationMs = 0;

  constructor(limits: RegistryLimits, emit: EventSink) {
    this.#limits = limits;
    this.#emit = emit;
  }

  get(room: RoomId): RoomState | undefined {
    return this.#rooms.get(room);
  }

  /** Also of a room that was forgotten. */
  seat(room: RoomId, identity: string): Seat | undefined {
    return this.#seats(room)?.get(identity);
  }

  /** Only if it is still the one with this resume id. */
  dropSeat(room: RoomId, identity: string, resumeId: string): void {
    const seats = this.#seats(room);
    if (seats?.get(identity)?.resumeId === resumeId) seats.delete(identity);
  }

  #seats(room: RoomId): Seats | undefined {
    return this.#rooms.get(room)?.seats ?? this.#seatsOfForgotten.get(room);
  }

  /** Undefined when there are too many. */
  add(room: RoomId, settings: Partial<RoomSettings>, nowMs: number): RoomState | undefined {
    if (this.#rooms.size >= this.#limits.maxRooms) return undefined;
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    const seats = this.#seatsOfForgotten.get(room);
    this.#seatsOfForgotten.delete(room);
    const all = { ...this.#limits.roomDefaults, ...given };
    // A room that was deleted may come back within the same millisecond.
    const incarnationMs = Math.max(Math.floor(nowMs), this.#latestIncarnationMs + 1);
    this.#latestIncarnationMs = incarnationMs;
    const state = new RoomState(room, all, { nowMs, incarnationMs }, this.#emit, seats);
    this.#rooms.set(room, state);
    return state;
  }

  /** With everything that is remembered of it. */
  delete(room: RoomId, nowMs: number): boolean {
    this.#seatsOfForgotten.delete(room);
    this.#rooms.get(room)?.end(nowMs);
    return this.#rooms.delete(room);
  }

  all(): Iterable<RoomState> {
    return this.#rooms.values();
  }

  /** Those after `after`, by name. */
  page(after: string, limit: number): RoomState[] {
    const names = [...this.#rooms.keys()].filter((name) => name > after).sort();
    return names.slice(0, limit).map((name) => this.#rooms.get(name)!);
  }

  /** Forgets rooms that were empty for their time, and seats that no ticket can belong to any more. */
  sweep(nowMs: number): void {
    for (const [room, state] of this.#rooms) {
      state.sweepSeats(nowMs, this.#limits.retentionMs);
      if (state.occupancy(nowMs) > 0) state.occupiedAtMs = nowMs;
      if (nowMs < state.occupiedAtMs + state.settings.emptyTimeoutSeconds * 1_000) continue;
      this.#rooms.delete(room);
      state.end(nowMs);
      if (state.seats.size > 0) this.#seatsOfForgotten.set(room, state.seats);
    }
    for (const [room, seats] of this.#seatsOfForgotten) {
      seats.forget((seat) => nowMs >= seat.seenAtMs + this.#limits.retentionMs);
      if (seats.size === 0 || this.#seatsOfForgotten.size > this.#limits.maxRooms) {
        this.#seatsOfForgotten.delete(room);
      }
    }
  }
}
