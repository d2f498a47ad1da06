import type { RoomId } from '@partyline/protocol';

/**
 * Which regions have a room. Only a hint that saves asking all of them: a region that is missing here is found
 * by nobody until its edges say so again, and one too many costs a question.
 */
export interface RoomRegions {
  /** Says that a region has the room; to be said again within {@link ROOM_REGION_TTL_MS}. */
  add(room: RoomId, region: string): Promise<void>;
  /**
   * The regions that have the room, at most a second old unless `fresh`. Undefined while that is not known, as
   * after a loss of state: then every region has to be asked. Rejects when the state cannot be reached.
   */
  regions(room: RoomId, fresh?: boolean): Promise<readonly string[] | undefined>;
  /** Changes when the state was lost: everything is to be said again. */
  incarnation(): Promise<string>;
}

/** An entry that is not refreshed is forgotten after this long: longer than any seat or moderation is kept. */
export const ROOM_REGION_TTL_MS = 3_600_000;
/** After a loss of state it takes the edges this long at most to say everything again. */
export const UNSETTLED_MS = 10_000;

/** The engine inside one process, for tests and simulations. */
export class MemoryRoomRegions implements RoomRegions {
  readonly #clock: { now(): number };
  readonly #rooms = new Map<string, Map<string, number>>();
  #madeAtMs: number;
  #incarnation = 1;

  /** @param clock epoch ms */
  constructor({ clock }: { clock: { now(): number } }) {
    this.#clock = clock;
    this.#madeAtMs = Number.NEGATIVE_INFINITY;
  }

  async add(room: RoomId, region: string): Promise<void> {
    const regions = this.#rooms.get(room) ?? new Map<string, number>();
    regions.set(region, this.#clock.now());
    this.#rooms.set(room, regions);
  }

  async regions(room: RoomId): Promise<readonly string[] | undefined> {
    const nowMs = this.#clock.now();
    if (nowMs < this.#madeAtMs + UNSETTLED_MS) return undefined;
    const regions = [...(this.#rooms.get(room) ?? [])];
    return regions.filter(([, atMs]) => nowMs < atMs + ROOM_REGION_TTL_MS).map(([region]) => region);
  }

  async incarnation(): Promise<string> {
    return String(this.#incarnation);
  }

  /** As a server that comes back empty. */
  lose(): void {
    this.#rooms.clear();
    this.#incarnation += 1;
    this.#madeAtMs = this.#clock.now();
  }
}
