import type { EdgeId, RoomId } from '@partyline/protocol';
import type { Registry, RoomPlace, RoomPlaces } from '@partyline/registry';
import type { FailureLog } from '../failure-log.ts';
import {
  MAX_ROOM_ENTRIES_AT_ONCE,
  REGISTRY_TIMEOUT_MS,
  ROOM_ENTRY_EVERY_MS,
  ROOM_ENTRY_REFRESH_MS,
  ROOM_ENTRY_RETRY_MS,
} from '../limits.ts';
import { within } from '../within.ts';
import type { PeerCounters } from './peer-counters.ts';
import type { PeerAddress } from './peer-message.ts';

/** Rooms here, and rooms left of which the registry could not be told yet. */
const MAX_ENTRIES = 100_000;

export interface PresenceServices {
  registry: Pick<Registry, 'enterRoom' | 'leaveRoom'>;
  failures: FailureLog;
  counters: PeerCounters;
  clock: { now(): number };
}

/** What holds a room open in the registry. */
export interface PresentRoom {
  participants(): number;
  /** Places of this region, where those of others take longer. */
  placesNamed(places: readonly RoomPlace[]): void;
  /** The registry's answer; undefined when it gave none. */
  placesKnown(places: RoomPlaces | undefined): void;
}

interface Entry {
  room: RoomId;
  /** Undefined once the room has been left: the registry is to forget it. */
  held: PresentRoom | undefined;
  dirty: boolean;
  running: boolean;
  notBeforeMs: number;
  toldAtMs: number;
  participants: number;
}

/** Keeps the registry's entries of this edge's rooms as they are: one call a room at a time, and not too many at once. */
export class Presence {
  readonly #address: PeerAddress;
  readonly #services: PresenceServices;
  readonly #entries = new Map<RoomId, Entry>();
  /** In the order in which they became so. */
  readonly #dirty = new Set<Entry>();
  #running = 0;

  constructor(address: PeerAddress, services: PresenceServices) {
    this.#address = address;
    this.#services = services;
  }

  /** Enters a room, now. */
  hold(room: RoomId, held: PresentRoom): void {
    const known = this.#entries.get(room);
    const entry = known ?? newEntry(room);
    entry.held = held;
    entry.notBeforeMs = 0;
    this.#entries.set(room, entry);
    this.#mark(entry);
  }

  release(room: RoomId): void {
    const entry = this.#entries.get(room);
    if (entry === undefined) return;
    entry.held = undefined;
    entry.notBeforeMs = 0;
    // While the registry is away leaving is remembered, within a bound: others are told `gone` when they ask.
    if (this.#entries.size > MAX_ENTRIES && !entry.running) {
      this.#entries.delete(room);
      this.#dirty.delete(entry);
    } else this.#mark(entry);
  }

  /** The number of participants may have changed. */
  counted(room: RoomId): void {
    const entry = this.#entries.get(room);
    if (entry?.held !== undefined && entry.held.participants() !== entry.participants) this.#mark(entry);
  }

  /** Asks anew which edges hold the room, not sooner than it is allowed. */
  check(room: RoomId): void {
    const entry = this.#entries.get(room);
    if (entry?.held !== undefined) this.#mark(entry);
  }

  /** The registry has lost or may have missed something: everything is told again, at a bounded rate. */
  tellAnew(): void {
    for (const entry of this.#entries.values()) this.#mark(entry);
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    for (const entry of this.#entries.values()) {
      if (!entry.dirty && nowMs - entry.toldAtMs >= ROOM_ENTRY_REFRESH_MS) this.#mark(entry);
    }
    this.#pump(nowMs);
  }

  /** Waits until nothing is to be told, or for so many ms. */
  async settled(limitMs: number): Promise<void> {
    const endsAtMs = performance.now() + limitMs;
    while ((this.#running > 0 || this.#dirty.size > 0) && performance.now() < endsAtMs) {
      this.#pump(this.#services.clock.now());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #mark(entry: Entry): void {
    entry.dirty = true;
    this.#dirty.add(entry);
    const nowMs = this.#services.clock.now();
    if (entry.notBeforeMs <= nowMs) this.#pump(nowMs);
  }

  #pump(nowMs: number): void {
    if (this.#running >= MAX_ROOM_ENTRIES_AT_ONCE) return;
    for (const entry of this.#dirty) {
      if (entry.running || entry.notBeforeMs > nowMs) continue;
      void this.#tell(entry);
      if (this.#running >= MAX_ROOM_ENTRIES_AT_ONCE) return;
    }
  }

  async #tell(entry: Entry): Promise<void> {
    const { failures, counters, clock } = this.#services;
    const { held } = entry;
    this.#dirty.delete(entry);
    entry.dirty = false;
    entry.running = true;
    this.#running += 1;
    counters.roomEntries += 1;
    let places: RoomPlaces | undefined;
    let failed = false;
    try {
      places = await within(this.#ask(entry, held), REGISTRY_TIMEOUT_MS);
    } catch (error) {
      failed = true;
      counters.roomEntryFailures += 1;
      failures.report(error, 'The registry could not be told which rooms are here; it is tried again.');
    }
    const nowMs = clock.now();
    this.#running -= 1;
    entry.running = false;
    entry.toldAtMs = nowMs;
    if (held !== undefined && entry.held === held) held.placesKnown(places);
    const again = failed || places?.complete === false;
    entry.notBeforeMs =
      entry.dirty && entry.held !== held ? 0 : nowMs + (again ? jittered() : ROOM_ENTRY_EVERY_MS);
    if (again) this.#mark(entry);
    // What changed meanwhile is told with the next call.
    if (entry.held === undefined && !failed && !entry.dirty) this.#entries.delete(entry.room);
    else if (entry.held !== undefined) this.counted(entry.room);
    this.#pump(nowMs);
  }

  async #ask(entry: Entry, held: PresentRoom | undefined): Promise<RoomPlaces | undefined> {
    const { registry } = this.#services;
    const { edge, boot, region } = this.#address;
    if (held === undefined) {
      await registry.leaveRoom(entry.room, edge as EdgeId, boot);
      return undefined;
    }
    const participants = held.participants();
    const places = await registry.enterRoom(
      entry.room,
      { edge: edge as EdgeId, boot, region, participants },
      undefined,
      (named) => {
        if (entry.held === held) held.placesNamed(named);
      },
    );
    entry.participants = participants;
    return places;
  }
}

const newEntry = (room: RoomId): Entry => ({
  room,
  held: undefined,
  dirty: false,
  running: false,
  notBeforeMs: 0,
  toldAtMs: 0,
  participants: -1,
});

const jittered = (): number => ROOM_ENTRY_RETRY_MS * (0.75 + Math.random() * 0.5);
