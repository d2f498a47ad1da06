import type { RoomId } from '@partyline/protocol';
import type { Registry } from '../registry.ts';
import { type OpenRegion, RemoteRegion } from './remote-region.ts';
import type { RoomRegions } from './room-regions.ts';

export interface OtherRegionsOptions {
  region: string;
  timeoutMs: number;
  restMs: number;
}

export interface OtherRegionsDeps {
  others: ReadonlyMap<string, OpenRegion>;
  control: RoomRegions | undefined;
  clock: { now(): number };
}

/** What the regions that were asked have said; `complete` when each of them has. */
export interface Answers<T> {
  values: T[];
  complete: boolean;
}

/** The regions beside one's own, and which of them a room is in. */
export class OtherRegions {
  /** The own region is not among them. */
  readonly byName: ReadonlyMap<string, RemoteRegion>;
  readonly #control: RoomRegions | undefined;

  constructor(
    { region, timeoutMs, restMs }: OtherRegionsOptions,
    { others, control, clock }: OtherRegionsDeps,
  ) {
    this.#control = control;
    const names = [...others.keys()].filter((name) => name !== region).sort();
    this.byName = new Map(
      names.map((name) => [
        name,
        new RemoteRegion({ region: name, timeoutMs, restMs }, { open: others.get(name)!, clock }),
      ]),
    );
  }

  get all(): RemoteRegion[] {
    return [...this.byName.values()];
  }

  /** Those that have the room; all of them when that is not known. Never rejects. */
  async ofRoom(room: RoomId, fresh = false): Promise<RemoteRegion[]> {
    if (this.byName.size === 0) return [];
    const regions = await this.#control?.regions(room, fresh).catch(() => undefined);
    if (regions === undefined) return this.all;
    return this.all.filter(({ region }) => regions.includes(region));
  }

  /** Makes known that a region has a room, unless that is known. Never rejects. */
  async add(room: RoomId, region: string): Promise<void> {
    if (this.byName.size === 0 || this.#control === undefined) return;
    try {
      const known = await this.#control.regions(room);
      if (!known?.includes(region)) await this.#control.add(room, region);
    } catch {
      // The edge that holds the room says it again.
    }
  }
}

/** Asks regions at the same time; a refusal counts as no answer. Never rejects. */
export const askAll = async <T>(
  regions: readonly RemoteRegion[],
  question: (registry: Registry) => Promise<T>,
): Promise<Answers<T>> => {
  const none = { ok: false } as const;
  const answers = await Promise.all(regions.map((one) => one.ask(question).catch(() => none)));
  return {
    values: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
    complete: answers.every(({ ok }) => ok),
  };
};
