import {
  type Registry,
  RegistryError,
  type RoomRecord,
  type SeatRecord,
  type SeatRequest,
  type SeatResult,
} from '../registry.ts';
import { mergeRooms } from './merging.ts';
import type { RemoteRegion } from './remote-region.ts';

/** Asks one region's registry. */
export type AskRegion = <T>(question: (registry: Registry) => Promise<T>) => Promise<T>;
/** Never rejects; undefined when there is no answer. */
export type TryRegion = <T>(question: (registry: Registry) => Promise<T>) => Promise<T | undefined>;

/** What somebody waits for who joins over a long way: a script's first call takes two round trips. In ms. */
const INSIST_MS = 2_000;

/** The region is one of several that are asked. */
export const trying =
  (remote: RemoteRegion): TryRegion =>
  (question) =>
    remote.ask(question).then(
      (answer) => (answer.ok ? answer.value : undefined),
      () => undefined,
    );

/** The join is for that region: without its answer there is none. */
export const insisting =
  (remote: RemoteRegion): AskRegion =>
  async (question) => {
    const answer = await remote.ask(question, INSIST_MS);
    if (answer.ok) return answer.value;
    throw new RegistryError('unavailable', `The region ${remote.region} does not answer.`);
  };

interface Finding {
  ask: TryRegion;
  removedUntil: number;
  seat: SeatRecord | undefined;
  room: RoomRecord | undefined;
}

/**
 * Claims a seat in one region of a room that is in several: the session that the identity has elsewhere goes on
 * here, or is replaced from here; everybody counts against the room's limit; and who was removed anywhere stays out,
 * as the region's own state may have been lost.
 */
export const claimAcrossRegions = async (
  request: SeatRequest,
  target: AskRegion,
  others: readonly TryRegion[],
  nowMs: number,
): Promise<SeatResult> => {
  const { room, identity } = request;
  const [here, roomHere, ...findings] = await Promise.all([
    target((registry) => registry.seat(room, identity)),
    target((registry) => registry.room(room)),
    ...others.map((ask) => find(ask, request)),
  ]);
  const until = Math.max(...findings.map(({ removedUntil }) => removedUntil));
  if (until > nowMs) return { ok: false, reason: 'removed', until };
  const elsewhere = findings.filter(({ seat }) => seat !== undefined);
  const rooms = findings.flatMap((finding) => finding.room ?? []);
  const all = mergeRooms(roomHere === undefined ? rooms : [roomHere, ...rooms]);
  if (all !== undefined && here === undefined && elsewhere.length === 0) {
    if (all.participants >= all.maxParticipants) return { ok: false, reason: 'room_full' };
  }
  const seat = here === undefined ? sessionOf(request, elsewhere) : undefined;
  if (seat !== undefined && request.resumed !== undefined && seat.resumeId !== request.resumeId) {
    return { ok: false, reason: 'replaced' };
  }
  if (roomHere === undefined && all !== undefined) await createLike(target, all);
  const claimedAfter = Math.max(request.claimedAfter ?? 0, ...elsewhere.map((one) => one.seat!.claimedAt));
  const claim = { ...withSession(request, seat), claimedAfter };
  const result = await target((registry) => registry.claimSeat(claim));
  if (!result.ok) return result;

  const replaced =
    result.replaced ??
    (seat !== undefined && seat.resumeId !== result.resumeId
      ? { streamId: seat.streamId, edge: seat.edge }
      : undefined);
  // Nobody waits for it, as the one here is found first. A seat of a further session, left over from a race, stays
  // for settling: without it nobody would know whom to tell.
  for (const { ask, seat: old } of elsewhere) {
    if (old!.streamId === replaced?.streamId || old!.resumeId === result.resumeId) {
      void ask((registry) => registry.dropSeat(room, identity, old!.resumeId));
    }
  }
  return {
    ...result,
    room: mergeRooms([result.room, ...rooms]) ?? result.room,
    ...(replaced && { replaced }),
  };
};

const find = async (ask: TryRegion, { room, identity }: SeatRequest): Promise<Finding> => {
  const [seat, record, moderation] = await Promise.all([
    ask((registry) => registry.seat(room, identity)),
    ask((registry) => registry.room(room)),
    ask((registry) => registry.moderation(room, identity)),
  ]);
  return { ask, removedUntil: moderation?.removedUntil ?? 0, seat, room: record };
};

/** The seat that the request is about; if there is none, any that it replaces. */
const sessionOf = ({ resumeId }: SeatRequest, elsewhere: readonly Finding[]): SeatRecord | undefined => {
  const seats = elsewhere.map(({ seat }) => seat!).sort((a, b) => b.generation - a.generation);
  return seats.find((seat) => seat.resumeId === resumeId) ?? seats[0];
};

/** A session known elsewhere is as good as a ticket that proves it. */
const withSession = (request: SeatRequest, seat: SeatRecord | undefined): SeatRequest => {
  if (seat === undefined || seat.resumeId !== request.resumeId) return request;
  const generation = Math.max(seat.generation, request.resumed?.generation ?? 0);
  return { ...request, resumed: { streamId: seat.streamId, generation } };
};

const createLike = async (target: AskRegion, like: RoomRecord): Promise<void> => {
  const { room, maxParticipants, emptyTimeoutSeconds, metadata } = like;
  // When the room is there by now, whoever made it meanwhile has decided.
  await target((registry) => registry.createRoom(room, { maxParticipants, emptyTimeoutSeconds, metadata }));
};
