import type { EdgeId, RoomId, SelectionMode, StreamId } from '@partyline/protocol';
import type { MemberRecord, ModerationState, RoomPlace, RoomRecord, SeatRecord } from '../registry.ts';

/**
 * A text as the inside of a JSON string: without control characters, which separate fields in stored values, and
 * without lone surrogates, which UTF-8 has none of. Usual texts stay as they are.
 */
export const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

const unescaped = <T extends string>(text: string): T => JSON.parse(`"${text}"`) as T;

/** What a script answers: nested lists of texts and integers, null for nothing. */
export type Reply = null | string | number | Reply[];

export const list = (reply: Reply | undefined): Reply[] => (Array.isArray(reply) ? reply : []);

export const texts = (reply: Reply | undefined): string[] => list(reply).map(String);

export const readRoom = (room: RoomId, reply: Reply | undefined): RoomRecord => {
  const [maxParticipants, emptyTimeoutSeconds, metadata, createdAt, publishers, participants] = list(reply);
  return {
    room,
    maxParticipants: Number(maxParticipants),
    emptyTimeoutSeconds: Number(emptyTimeoutSeconds),
    metadata: JSON.parse(String(metadata)) as string,
    createdAt: Number(createdAt),
    participants: Number(participants),
    publishers: Number(publishers),
  };
};

/** What scripts need of a member stands before its record, so that none has to parse what a client wrote. */
export const writeMember = (member: MemberRecord): string => {
  const { generation, publisher, edge, boot, identity, name } = member;
  const head = [generation, publisher ? 1 : 0, escaped(edge), escaped(boot), escaped(identity)];
  return `${head.join('\t')}\n${JSON.stringify(name)}\n${JSON.stringify(member)}`;
};

export const readMember = (value: string): MemberRecord =>
  JSON.parse(value.slice(value.indexOf('\n', value.indexOf('\n') + 1) + 1)) as MemberRecord;

export const readSeat = (reply: Reply): SeatRecord | undefined => {
  if (!Array.isArray(reply)) return undefined;
  const [streamId, resumeId, generation, edge, claimedAt] = reply;
  return {
    streamId: Number(streamId) as StreamId,
    resumeId: unescaped(String(resumeId)),
    generation: Number(generation),
    edge: unescaped<EdgeId>(String(edge)),
    claimedAt: Number(claimedAt),
  };
};

export const readReplaced = (streamId: Reply | undefined, edge: Reply | undefined) =>
  streamId === ''
    ? undefined
    : { streamId: Number(streamId) as StreamId, edge: unescaped<EdgeId>(String(edge)) };

export const readText = (reply: Reply | undefined): string => unescaped(String(reply));

export const readModeration = (reply: Reply): ModerationState => {
  const [muted, removedUntil, selection] = texts(reply);
  return {
    muted: muted === '1',
    removedUntil: Number(removedUntil),
    selection: selection as SelectionMode,
  };
};

/** From the fields and values of a hash, ordered by edge. */
export const readPlaces = (reply: Reply | undefined): RoomPlace[] => {
  const fields = texts(reply);
  const places: RoomPlace[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [boot = '', participants, region = ''] = fields[index + 1]!.split('\t');
    places.push({
      edge: unescaped<EdgeId>(fields[index]!),
      boot: unescaped(boot),
      region: unescaped(region),
      participants: Number(participants),
    });
  }
  return places.sort((a, b) => (a.edge < b.edge ? -1 : 1));
};
