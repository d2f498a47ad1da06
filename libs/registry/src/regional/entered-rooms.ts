import type { RoomId } from '@partyline/protocol';
import type { RoomRegions } from './room-regions.ts';

/** An entry is said again after this long, in ms: short, as a lost one keeps two regions apart. */
const SAY_AGAIN_MS = 30_000;
/** Entries said again in one step. */
const MAX_PER_STEP = 2_000;

/**
 * Rooms that this process has said its region has, to say so again in time, and at once after the state was
 * lost. Bounded by the rooms of one edge.
 */
export class EnteredRooms {
  readonly #region: string;
  readonly #control: RoomRegions;
  readonly #clock: { now(): number };
  /** Room → when it was said last. */
  readonly #saidAtMs = new Map<RoomId, number>();
  #incarnation: string | undefined;
  #stepping = false;

  constructor(region: string, { control, clock }: { control: RoomRegions; clock: { now(): number } }) {
    this.#region = region;
    this.#control = control;
    this.#clock = clock;
  }

  /** Whether it was said not long ago. */
  has(room: RoomId): boolean {
    const saidAtMs = this.#saidAtMs.get(room);
    return saidAtMs !== undefined && this.#clock.now() < saidAtMs + SAY_AGAIN_MS;
  }

  /** Says it; when that fails, it is said in a later step. */
  async enter(room: RoomId): Promise<void> {
    this.#saidAtMs.set(room, Number.NEGATIVE_INFINITY);
    // Known before the first entry: a loss right after it would go unseen.
    this.#incarnation ??= await this.#control.incarnation();
    await this.#control.add(room, this.#region);
    if (this.#saidAtMs.has(room)) this.#saidAtMs.set(room, this.#clock.now());
  }

  leave(room: RoomId): void {
    this.#saidAtMs.delete(room);
  }

  /** Called each second: says again what is due. Never rejects. */
  async step(): Promise<void> {
    if (this.#stepping || this.#saidAtMs.size === 0) return;
    this.#stepping = true;
    try {
      const incarnation = await this.#control.incarnation();
      if (incarnation !== this.#incarnation) {
        for (const room of this.#saidAtMs.keys()) this.#saidAtMs.set(room, Number.NEGATIVE_INFINITY);
      }
      this.#incarnation = incarnation;
      await Promise.all(this.#due().map((room) => this.enter(room)));
    } catch {
      // The next step tries again.
    } finally {
      this.#stepping = false;
    }
  }

  #due(): RoomId[] {
    const nowMs = this.#clock.now();
    const due: RoomId[] = [];
    for (const [room, saidAtMs] of this.#saidAtMs) {
      if (nowMs >= saidAtMs + SAY_AGAIN_MS) due.push(room);
      if (due.length >= MAX_PER_STEP) break;
    }
    return due;
  }
}
