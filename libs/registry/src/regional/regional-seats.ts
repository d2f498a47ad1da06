import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import type { Registry, SeatRequest, SeatResult } from '../registry.ts';
import { askAll, type OtherRegions } from './other-regions.ts';
import { type AskRegion, claimAcrossRegions, insisting, type TryRegion, trying } from './seat-claim.ts';

export interface RegionalSeatsDeps {
  own: Registry;
  others: OtherRegions;
  /** The own one for an edge that is not known. */
  regionOf(edge: EdgeId): Promise<string>;
  /** False while the own region may have lost who was removed. */
  isWhole(): boolean;
  clock: { now(): number };
}

/** Seats in rooms of several regions: each is kept in the region of the edge that it is for. */
export class RegionalSeats {
  readonly #deps: RegionalSeatsDeps;

  constructor(deps: RegionalSeatsDeps) {
    this.#deps = deps;
  }

  async claim(request: SeatRequest): Promise<SeatResult> {
    const { own, others: regions, regionOf, isWhole, clock } = this.#deps;
    const { room, identity, edge } = request;
    // Every region knows of a removal, also one that does not have the room.
    const asked = isWhole() ? regions.ofRoom(room) : regions.all;
    const [region, remotes] = await Promise.all([regionOf(edge), asked]);
    const away = regions.byName.get(region);
    const others: TryRegion[] = remotes.filter((remote) => remote !== away).map(trying);
    if (away !== undefined) {
      // A removal may not have reached the other region yet.
      const { removedUntil } = await own.moderation(room, identity);
      if (removedUntil > clock.now()) return { ok: false, reason: 'removed', until: removedUntil };
      others.push((question) => question(own).catch(() => undefined));
    }
    const target: AskRegion = away === undefined ? (question) => question(own) : insisting(away);
    const result =
      others.length === 0
        ? await target((registry) => registry.claimSeat(request))
        : await claimAcrossRegions(request, target, others, clock.now());
    if (result.ok) await regions.add(room, region);
    return result;
  }

  async isCurrent(room: RoomId, identity: Identity, resumeId: string, generation: number): Promise<boolean> {
    const { own, others, clock } = this.#deps;
    if (await own.seatIsCurrent(room, identity, resumeId, generation)) return true;
    const remotes = await others.ofRoom(room);
    if (remotes.length === 0) return false;
    const [seat, { removedUntil }] = await Promise.all([
      own.seat(room, identity),
      own.moderation(room, identity),
    ]);
    // With a seat here, its region has the last word.
    if (seat !== undefined || removedUntil > clock.now()) return false;
    const { values } = await askAll(remotes, (registry) =>
      registry.seatIsCurrent(room, identity, resumeId, generation),
    );
    return values.includes(true);
  }
}
