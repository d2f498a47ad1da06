import type { EdgeLease } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';
import {
  REGISTRY_TIMEOUT_MS,
  SHED_AFTER_MS,
  SHED_EVERY_MS,
  SHED_HYSTERESIS,
  SHED_TARGET_LOAD,
  SHED_WINDOW_MS,
} from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { within } from '../within.ts';
import type { Drain } from './drain.ts';
import type { Moves } from './moves.ts';

/** When load was too high, and when a room was last handed away. */
export interface ShedState {
  /** Rooms are being handed away until the load is low enough. */
  shedding: boolean;
  /** Since when the load is over the limit; undefined while it is not. */
  overSinceMs: number | undefined;
  shedAtMs: number;
}

export const initialShedState = (): ShedState => ({
  shedding: false,
  overSinceMs: undefined,
  shedAtMs: Number.NEGATIVE_INFINITY,
});

/**
 * Whether a room is to be handed away now. Pure but for the state, which it keeps.
 * @param limit load from which on rooms are handed away
 */
export const shallShed = (state: ShedState, load: number, limit: number, nowMs: number): boolean => {
  if (load > limit) {
    state.overSinceMs ??= nowMs;
    if (nowMs - state.overSinceMs >= SHED_AFTER_MS) state.shedding = true;
  } else {
    state.overSinceMs = undefined;
    if (load < limit - SHED_HYSTERESIS) state.shedding = false;
  }
  return state.shedding && nowMs - state.shedAtMs >= SHED_EVERY_MS;
};

/** A room as the choice sees it. */
export interface ShedCandidate<Item> {
  item: Item;
  participants: number;
}

/**
 * The room to hand away: the smallest one that suffices by itself, or the largest if none does.
 * @param load of this edge, to which its participants are taken to contribute alike
 * @param wanted the load to come down to
 */
export const chooseRoom = <Item>(
  candidates: readonly ShedCandidate<Item>[],
  load: number,
  wanted: number,
): ShedCandidate<Item> | undefined => {
  let total = 0;
  for (const { participants } of candidates) total += participants;
  const enough = load > 0 ? total * Math.max(0, 1 - wanted / load) : 0;
  let smallestEnough: ShedCandidate<Item> | undefined;
  let largest: ShedCandidate<Item> | undefined;
  for (const candidate of candidates) {
    const { participants } = candidate;
    if (participants === 0) continue;
    if (largest === undefined || participants > largest.participants) largest = candidate;
    if (participants < enough) continue;
    if (smallestEnough === undefined || participants < smallestEnough.participants)
      smallestEnough = candidate;
  }
  return smallestEnough ?? largest;
};

/** Whether another edge would be better off with a room than this one. */
export const hasTarget = (edges: readonly EdgeLease[], own: { edge: string; region: string }): boolean =>
  edges.some(
    ({ edge, region, draining, load }) =>
      edge !== own.edge && region === own.region && !draining && load < SHED_TARGET_LOAD,
  );

export interface SheddingServices {
  own: { edge: string; region: string };
  limit: number;
  rooms: Rooms;
  moves: Moves;
  drain: Pick<Drain, 'state'>;
  /** 0 … 1. */
  load: () => number;
  edges: () => Promise<EdgeLease[]>;
  clock: Clock;
  counters: EdgeCounters;
  log: Logger;
}

/** Hands rooms away while this edge has too much to do and another one has not. */
export class Shedding {
  readonly #services: SheddingServices;
  readonly #state = initialShedState();
  #looking = false;

  constructor(services: SheddingServices) {
    this.#services = services;
  }

  /** Call it every second. */
  tick(nowMs: number): void {
    const { drain, load, limit } = this.#services;
    if (drain.state !== 'serving') return;
    if (!shallShed(this.#state, load(), limit, nowMs) || this.#looking) return;
    this.#looking = true;
    void this.#shed().finally(() => {
      this.#looking = false;
    });
  }

  async #shed(): Promise<void> {
    const { own, edges, drain, load, limit, clock, counters, log, moves } = this.#services;
    const others = await within(edges(), REGISTRY_TIMEOUT_MS).catch((): EdgeLease[] => []);
    // Not tried again at once: it says nothing about anybody's load that a registry does not answer.
    this.#state.shedAtMs = clock.now();
    if (!hasTarget(others, own)) {
      counters.shedsWithoutTarget += 1;
      return;
    }
    if (drain.state !== 'serving') return;
    const chosen = chooseRoom(this.#candidates(), load(), limit - SHED_HYSTERESIS);
    if (chosen === undefined) return;
    counters.roomsShed += 1;
    log.warn(
      { participants: chosen.participants, load: Number(load().toFixed(2)) },
      'Too much load: a room is moved to another edge.',
    );
    const deadlineMs = clock.now() + SHED_WINDOW_MS;
    for (const { session } of chosen.item.members.values()) {
      if (session !== undefined) moves.tell(session, deadlineMs);
    }
  }

  /** Rooms of which nobody is on the way already. */
  #candidates(): ShedCandidate<Room>[] {
    const candidates: ShedCandidate<Room>[] = [];
    for (const room of this.#services.rooms.all.values()) {
      let participants = 0;
      let isMoving = false;
      for (const { session, movedAway } of room.members.values()) {
        if (session === undefined) continue;
        if (movedAway || session.closeAtMs !== Number.POSITIVE_INFINITY) isMoving = true;
        participants += 1;
      }
      if (!isMoving && participants > 0) candidates.push({ item: room, participants });
    }
    return candidates;
  }
}
