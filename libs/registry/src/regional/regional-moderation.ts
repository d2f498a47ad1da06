import type { Identity, RoomId } from '@partyline/protocol';
import type { ModerationChange, ModerationResult, ModerationState, Registry } from '../registry.ts';
import { ModerationRepair, missing } from './moderation-repair.ts';
import { ModerationRetries } from './moderation-retries.ts';
import { askAll } from './other-regions.ts';
import type { RemoteRegion } from './remote-region.ts';

export interface RegionalModerationDeps {
  own: Registry;
  /** Since when `own` has answered without a break; without it nothing there is ever taken for lost. */
  contactSinceMs: (() => number | undefined) | undefined;
  others: readonly RemoteRegion[];
  clock: { now(): number };
}

/** Moderation that every region is to have: written everywhere, offered again, brought back where it was lost. */
export class RegionalModeration {
  readonly retries: ModerationRetries;
  readonly repair: ModerationRepair;
  readonly #deps: RegionalModerationDeps;

  constructor(retentionMs: number, deps: RegionalModerationDeps) {
    const { own, others, clock } = deps;
    this.#deps = deps;
    this.retries = new ModerationRetries(retentionMs, { clock });
    this.repair = new ModerationRepair({ own, others, retries: this.retries });
  }

  /** False while the own region may have lost some, and another would know. */
  get isWhole(): boolean {
    const { contactSinceMs } = this.#deps;
    return contactSinceMs === undefined || this.repair.isWhole(contactSinceMs());
  }

  /** In every region, as a removed participant must not come back by any edge. */
  async change(room: RoomId, identity: Identity, change: ModerationChange): Promise<ModerationResult> {
    const { own, others } = this.#deps;
    const state = await own.moderate(room, identity, change);
    const pendingRegions: string[] = [];
    await Promise.all(
      others.map(async (remote) => {
        const { complete } = await askAll([remote], (registry) => registry.moderate(room, identity, change));
        if (complete) this.retries.settle(remote, room, identity, change);
        else {
          this.retries.add(remote, room, identity, change);
          pendingRegions.push(remote.region);
        }
      }),
    );
    return pendingRegions.length === 0 ? state : { ...state, pendingRegions: pendingRegions.sort() };
  }

  /** As the own region has it, which every change reaches; where that repairs itself, with what it still lacks. */
  async state(room: RoomId, identity: Identity): Promise<ModerationState> {
    const { own, others } = this.#deps;
    const state = await own.moderation(room, identity);
    if (!this.repair.isInUse || this.isWhole) return state;
    const lacking = await Promise.all(
      others.map(async (remote) => {
        const { values } = await askAll([remote], (registry) => registry.moderation(room, identity));
        const waiting = this.retries.waiting(remote, room, identity);
        return values.map((there) => missing(state, { ...there, ...waiting }));
      }),
    );
    return Object.assign({}, state, ...lacking.flat());
  }
}
