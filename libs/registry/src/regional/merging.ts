import type { MemberRecord, RoomRecord } from '../registry.ts';

/**
 * One room as several regions know it: participants added up, settings of the one that was created first. Where two
 * were created at the same time with different settings, every region comes to the same answer.
 */
export const mergeRooms = (records: readonly RoomRecord[]): RoomRecord | undefined => {
  const [first, ...rest] = [...records].sort(firstCreated);
  if (first === undefined) return undefined;
  const merged = { ...first };
  for (const { participants, publishers } of rest) {
    merged.participants += participants;
    merged.publishers += publishers;
  }
  return merged;
};

const firstCreated = (one: RoomRecord, other: RoomRecord): number =>
  one.createdAt - other.createdAt || (settingsText(one) < settingsText(other) ? -1 : 1);

const settingsText = ({ maxParticipants, emptyTimeoutSeconds, metadata }: RoomRecord): string =>
  JSON.stringify([maxParticipants, emptyTimeoutSeconds, metadata]);

/** Pages of rooms from several regions as one page, in the order of their names. */
export const mergeRoomPages = (pages: readonly RoomRecord[][], limit: number): RoomRecord[] => {
  const byName = new Map<string, RoomRecord[]>();
  for (const record of pages.flat()) {
    const same = byName.get(record.room);
    if (same === undefined) byName.set(record.room, [record]);
    else same.push(record);
  }
  const names = [...byName.keys()].sort().slice(0, limit);
  return names.map((name) => mergeRooms(byName.get(name)!)!);
};

/**
 * Of one session the record with the highest generation: it has gone from one region to another. Of two
 * sessions of one identity the one that came later.
 */
export const newestMember = (members: readonly MemberRecord[]): MemberRecord | undefined =>
  members.reduce<MemberRecord | undefined>((best, member) => {
    if (best === undefined) return member;
    const isNewer =
      member.streamId === best.streamId
        ? member.generation > best.generation
        : member.joinedAt > best.joinedAt;
    return isNewer ? member : best;
  }, undefined);

/** Pages of members from several regions as one page, in the order of their stream ids. */
export const mergeMemberPages = (pages: readonly MemberRecord[][], limit: number): MemberRecord[] => {
  const byStream = new Map<number, MemberRecord>();
  for (const member of pages.flat()) {
    const known = byStream.get(member.streamId);
    if (known === undefined || member.generation > known.generation) byStream.set(member.streamId, member);
  }
  return [...byStream.values()].sort((a, b) => a.streamId - b.streamId).slice(0, limit);
};
