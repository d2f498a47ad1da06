import type { Identity, RoomId } from '@partyline/protocol';
import type { ModerationChange, ModerationEntry, ModerationState, Registry } from '../registry.ts';
import type { ModerationRetries } from './moderation-retries.ts';
import type { RemoteRegion } from './remote-region.ts';

/** The longest that one step waits for another region, in ms: nobody else waits for it. */
const STEP_TIMEOUT_MS = 2_000;
/** Entries written at once. */
const WRITES_AT_ONCE = 16;

export interface ModerationRepairDeps {
  own: Pick<Registry, 'moderate' | 'moderation'>;
  others: readonly RemoteRegion[];
  retries: Pick<ModerationRetries, 'waiting'>;
}

/** Plain counters, read at scrape time. */
export interface ModerationRepairStats {
  /** Regions whose moderation was gone through. */
  walks: number;
  /** Decisions that the own region's state had lost. */
  restored: number;
}

/**
 * Brings back what the own region's state may have lost, for another region has it as well: after each break of the
 * contact with it, and when this process starts. It only adds: what is decided anew meanwhile goes to every region.
 */
export class ModerationRepair {
  readonly stats: ModerationRepairStats = { walks: 0, restored: 0 };
  /** Told what was brought back; whoever said hello before knows nothing of it. */
  onRestored: (room: RoomId, identity: Identity, change: ModerationChange) => void = () => undefined;
  readonly #deps: ModerationRepairDeps;
  /** Gone through since the contact began that `#contactSinceMs` names. */
  readonly #done = new Set<RemoteRegion>();
  #contactSinceMs: number | undefined;
  #running: Promise<void> | undefined;
  #isInUse = false;

  constructor(deps: ModerationRepairDeps) {
    this.#deps = deps;
  }

  /** Whether somebody calls `step`: edges do not, as their region's directories do. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  /** Whether nothing can be missing, in the contact that has held since then. */
  isWhole(contactSinceMs: number | undefined): boolean {
    const { others } = this.#deps;
    if (others.length === 0) return true;
    return contactSinceMs === this.#contactSinceMs && this.#done.size === others.length;
  }

  /**
   * To be called once a second; walks through regions that have not been since the contact began. Never rejects.
   * @param contactSinceMs undefined while there is none
   */
  step(contactSinceMs: number | undefined): Promise<void> {
    this.#isInUse = true;
    if (contactSinceMs !== this.#contactSinceMs) this.#done.clear();
    this.#contactSinceMs = contactSinceMs;
    if (contactSinceMs === undefined || this.isWhole(contactSinceMs)) return Promise.resolve();
    this.#running ??= this.#walkAll(contactSinceMs).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #walkAll(contactSinceMs: number): Promise<void> {
    const rest = this.#deps.others.filter((region) => !this.#done.has(region) && !region.rests);
    await Promise.all(
      rest.map(async (region) => {
        const isThrough = await this.#walk(region).catch(() => false);
        if (!isThrough || this.#contactSinceMs !== contactSinceMs) return;
        this.#done.add(region);
        this.stats.walks += 1;
      }),
    );
  }

  /** @returns false when the region did not answer: it is tried again from the beginning */
  async #walk(region: RemoteRegion): Promise<boolean> {
    let after: string | undefined;
    do {
      const from = after;
      const answer = await region.ask((registry) => registry.moderations(from), STEP_TIMEOUT_MS);
      if (!answer.ok) return false;
      const { entries, next } = answer.value;
      for (let index = 0; index < entries.length; index += WRITES_AT_ONCE) {
        const some = entries.slice(index, index + WRITES_AT_ONCE);
        await Promise.all(some.map((entry) => this.#restore(region, entry)));
      }
      after = next;
    } while (after !== undefined);
    return true;
  }

  async #restore(region: RemoteRegion, { room, identity, state }: ModerationEntry): Promise<void> {
    const { own, retries } = this.#deps;
    const here = await own.moderation(room, identity);
    // What that region has yet to take was decided later.
    const there = { ...state, ...retries.waiting(region, room, identity) };
    const change = missing(here, there);
    if (Object.keys(change).length === 0) return;
    await own.moderate(room, identity, change);
    this.stats.restored += 1;
    this.onRestored(room, identity, change);
  }
}

/** What one region has and another lacks. */
export const missing = (here: ModerationState, there: ModerationState): ModerationChange => ({
  ...(there.muted && !here.muted && { muted: true }),
  ...(there.removedUntil > here.removedUntil && { removedUntil: there.removedUntil }),
  ...(here.selection === 'auto' && there.selection !== 'auto' && { selection: there.selection }),
});
