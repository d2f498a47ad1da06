import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import type { MemberRecord, Registry, SeatRecord, SettledSeats } from '../registry.ts';
import { askAll } from './other-regions.ts';
import type { RemoteRegion } from './remote-region.ts';

interface Found {
  drop: (resumeId: string) => Promise<unknown>;
  seat: SeatRecord;
  /** Where its participant is, or is expected. */
  edge: EdgeId;
}

/**
 * Lets one of the seats stay that an identity has in several regions. Each region looks after its own seat was stored,
 * so of two that race at least one finds both; whoever looks comes to the same answer. An older one gives way whatever a
 * region that does not answer may have.
 */
export const settleAcrossRegions = async (
  room: RoomId,
  identity: Identity,
  own: Registry,
  others: readonly RemoteRegion[],
): Promise<SettledSeats> => {
  const look = (registry: Registry): Promise<[SeatRecord | undefined, MemberRecord | undefined]> =>
    Promise.all([registry.seat(room, identity), registry.member(room, identity)]);
  // With nobody elsewhere the own region need not be asked.
  const answers = await Promise.all(others.map((remote) => askAll([remote], look)));
  const complete = answers.every((answer) => answer.complete);
  const elsewhere = answers.map(({ values: [value] }, i) =>
    foundIn(value, (resumeId) =>
      askAll([others[i]!], (registry) => registry.dropSeat(room, identity, resumeId)),
    ),
  );
  if (elsewhere.every((one) => one === undefined)) return { complete, gaveWay: [] };

  const here = foundIn(await look(own), (resumeId) => own.dropSeat(room, identity, resumeId));
  const [stays, ...older] = [here, ...elsewhere].filter((one) => one !== undefined).sort(laterFirst);
  if (stays === undefined || older.length === 0) return { complete, gaveWay: [] };
  await Promise.all(older.map(({ drop, seat }) => drop(seat.resumeId)));
  // What is left of the same session in a region that it went away from is no other session.
  const gaveWay = older.filter(({ seat }) => seat.resumeId !== stays.seat.resumeId);
  return {
    complete,
    stays: stays.seat,
    gaveWay: gaveWay.map(({ seat, edge }) => ({ streamId: seat.streamId, edge })),
  };
};

const foundIn = (
  value: [SeatRecord | undefined, MemberRecord | undefined] | undefined,
  drop: Found['drop'],
): Found | undefined => {
  const [seat, member] = value ?? [];
  if (seat === undefined) return undefined;
  // A fall-back edge may have taken the session.
  return { drop, seat, edge: member?.streamId === seat.streamId ? member.edge : seat.edge };
};

const laterFirst = (one: Found, other: Found): number =>
  other.seat.claimedAt - one.seat.claimedAt ||
  other.seat.generation - one.seat.generation ||
  other.seat.streamId - one.seat.streamId;
