import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import type { Registry, SeatRecord, SettledSeats } from '../registry.ts';
import type { RemoteRegion } from './remote-region.ts';
import { type TryRegion, trying } from './seat-claim.ts';

interface Found {
  ask: TryRegion;
  seat: SeatRecord;
  /** Where its participant is, or is expected. */
  edge: EdgeId;
}

/**
 * Lets one of the seats stay that an identity has in several regions. Each region is asked after one's own seat was
 * stored, so of two that race at least one finds both; whoever looks comes to the same answer.
 */
export const settleAcrossRegions = async (
  room: RoomId,
  identity: Identity,
  own: Registry,
  others: readonly RemoteRegion[],
): Promise<SettledSeats | undefined> => {
  const here: TryRegion = (question) => question(own).catch(() => undefined);
  const found = await Promise.all(
    [here, ...others.map(trying)].map(async (ask): Promise<Found | undefined> => {
      const [seat, member] = await Promise.all([
        ask((registry) => registry.seat(room, identity)),
        ask((registry) => registry.member(room, identity)),
      ]);
      if (seat === undefined) return undefined;
      // A fall-back edge may have taken the session.
      return { ask, seat, edge: member?.streamId === seat.streamId ? member.edge : seat.edge };
    }),
  );
  const [stays, ...older] = found.filter((one) => one !== undefined).sort(laterFirst);
  if (stays === undefined || older.length === 0) return undefined;
  await Promise.all(
    older.map(({ ask, seat }) => ask((registry) => registry.dropSeat(room, identity, seat.resumeId))),
  );
  const gaveWay = older.filter(({ seat }) => seat.resumeId !== stays.seat.resumeId);
  return {
    stays: stays.seat,
    gaveWay: gaveWay.map(({ seat, edge }) => ({ streamId: seat.streamId, edge })),
  };
};

const laterFirst = (one: Found, other: Found): number =>
  other.seat.claimedAt - one.seat.claimedAt ||
  other.seat.generation - one.seat.generation ||
  other.seat.streamId - one.seat.streamId;
