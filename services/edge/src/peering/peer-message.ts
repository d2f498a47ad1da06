import { MAX_BUS_MESSAGE_BYTES } from '@partyline/bus';
import {
  type EdgeMessageOf,
  isEdgeId,
  isIdentity,
  isRoomId,
  MAX_CODECS,
  MAX_DATA_RECIPIENTS,
  type ParticipantInfo,
  parseEdgeMessage,
  participantShape,
  type RoomId,
  shape as s,
} from '@partyline/protocol';

/** Version of the messages between edges (protocol rule 90). */
export const PEER_VERSION = 1;
/** Streams that the listeners of one room on one edge may name. */
const MAX_WANTED = 64;
export const MAX_PARTICIPANTS_PER_MESSAGE = 5_000;
export const MAX_PAGES = 256;
/** Rooms in one digest; more go into the next one. */
export const MAX_DIGEST_ROOMS = 1_500;

export interface PeerAddress {
  edge: string;
  /** Random per process start. */
  boot: string;
  region: string;
}

/** A participant as its edge tells the others. */
export interface PeerParticipant extends ParticipantInfo {
  generation: number;
}

/** Whether nothing that anybody is told has changed. */
export const isSameParticipant = (one: PeerParticipant, other: PeerParticipant): boolean =>
  one.generation === other.generation &&
  one.reconnecting === other.reconnecting &&
  one.muted === other.muted &&
  one.moderated === other.moderated &&
  one.selection === other.selection &&
  one.name === other.name &&
  one.metadata === other.metadata &&
  one.publisher === other.publisher &&
  one.identity === other.identity;

/** Letters for channel names: printable, without the colon that parts their fields. */
const isName = (value: string): boolean => /^[!-9;-~]+$/.test(value);
const version = s.integer(1, Number.MAX_SAFE_INTEGER);
const seen = s.integer(0, Number.MAX_SAFE_INTEGER);
const count = s.integer(0, 10_000_000);
const u32 = s.integer(0, 0xffff_ffff);
const streamId = s.integer(1, 0xffff_ffff);
const epochMs = s.number(0, 8.64e15);
const id = s.string(1, 64, isName);
const room = s.string(1, 64, isRoomId) as s.Shape<RoomId>;
const readGeneration = s.object({ generation: u32 });
const participant: s.Shape<PeerParticipant> = (value, path) => ({
  ...participantShape(value, path),
  generation: readGeneration(value, path).generation,
});
const data: s.Shape<EdgeMessageOf<'data'>> = (value, path) => {
  const parsed = parseEdgeMessage(JSON.stringify(value) ?? '');
  if (parsed.ok && parsed.message.type === 'data') return parsed.message;
  throw new s.ShapeError(`${path} must be a data message`);
};

const participants = s.array(participant, MAX_PARTICIPANTS_PER_MESSAGE);
const wanted = s.array(streamId, MAX_WANTED);
const codecs = s.array(s.integer(0, 255), MAX_CODECS);
const sessions = s.array(s.object({ streamId, generation: u32 }), MAX_PARTICIPANTS_PER_MESSAGE);
const left = s.array(s.object({ streamId, moved: s.optional(s.boolean) }), MAX_PARTICIPANTS_PER_MESSAGE);

const shapes = {
  /** A whole part, or one page of it. With `ack` an answer is asked for; `answer` is one. */
  part: s.object({
    room,
    version,
    page: s.integer(0, MAX_PAGES - 1),
    pages: s.integer(1, MAX_PAGES),
    listeners: count,
    /** Since when somebody there records; 0 or absent: nobody does. */
    recording: s.optional(epochMs),
    interested: s.boolean,
    channel: s.boolean,
    wanted,
    /** What everybody who listens here can decode (rule 48); absent: nobody does, or an edge that does not tell. */
    codecs: s.optional(codecs),
    participants,
    sessions,
    /** Who left for good not long ago: whoever missed the change need not take it for a move. */
    left: s.optional(left),
    ack: s.optional(id),
    answer: s.optional(id),
  }),
  /** What has changed from the version before this one. */
  change: s.object({
    room,
    version,
    listeners: s.optional(count),
    recording: s.optional(epochMs),
    interested: s.optional(s.boolean),
    channel: s.optional(s.boolean),
    wanted: s.optional(wanted),
    codecs: s.optional(codecs),
    participants: s.optional(participants),
    left: s.optional(left),
    sessions: s.optional(sessions),
  }),
  /** The versions of what both hold: the sender's own, and what it has seen of the receiver's. */
  digest: s.object({ t0: epochMs, rooms: s.array(s.object({ room, version, seen }), MAX_DIGEST_ROOMS) }),
  digestAnswer: s.object({
    t0: epochMs,
    t1: epochMs,
    t2: epochMs,
    /** Of the rooms in the digest, those that the answering edge does not hold. */
    unknown: s.array(room, MAX_DIGEST_ROOMS),
  }),
  ask: s.object({ room }),
  /** Without a room: the edge as a whole. */
  gone: s.object({ room: s.optional(room) }),
  data: s.object({
    room,
    id,
    data,
    to: s.optional(s.array(s.string(1, 128, isIdentity), MAX_DATA_RECIPIENTS)),
  }),
  dataDelivered: s.object({ id, recipients: count }),
};

const readFrom = s.object({
  edge: s.string(1, 64, isEdgeId),
  boot: s.string(1, 64, isName),
  region: s.string(1, 64, isName),
});

type Shapes = typeof shapes;
export type PeerMessageType = keyof Shapes;
/** A message's own fields, without those that each has. */
export type PeerContent = {
  [Type in PeerMessageType]: { type: Type } & s.Infer<Shapes[Type]>;
}[PeerMessageType];
export type PeerContentOf<Type extends PeerMessageType> = Extract<PeerContent, { type: Type }>;
export interface PeerMessage {
  from: PeerAddress;
  content: PeerContent;
}

export type PeerFault = 'malformed' | 'unknown_version' | 'unknown_type';
export type ParsedPeerMessage =
  | { ok: true; message: PeerMessage }
  /** `version` comes with `unknown_version`. */
  | { ok: false; fault: PeerFault; version?: number };

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Bytes of a message, or undefined when it is too large for the bus. */
export const encodePeerMessage = (from: PeerAddress, content: PeerContent): Uint8Array | undefined => {
  const { type, ...fields } = content;
  const bytes = encoder.encode(JSON.stringify({ v: PEER_VERSION, type, from, ...fields }));
  return bytes.length <= MAX_BUS_MESSAGE_BYTES ? bytes : undefined;
};

/** Reads a message of another edge; never throws. Unknown fields are ignored, so that a newer edge may add some. */
export const parsePeerMessage = (bytes: Uint8Array): ParsedPeerMessage => {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof value !== 'object' || value === null) return { ok: false, fault: 'malformed' };
    const { v, type } = value as { v?: unknown; type?: unknown };
    if (v !== PEER_VERSION) {
      if (!Number.isInteger(v)) return { ok: false, fault: 'malformed' };
      return { ok: false, fault: 'unknown_version', version: v as number };
    }
    if (typeof type !== 'string') return { ok: false, fault: 'malformed' };
    if (!Object.hasOwn(shapes, type)) return { ok: false, fault: 'unknown_type' };
    const from = readFrom((value as { from?: unknown }).from, 'from');
    const fields = (shapes as Record<string, s.Shape<unknown>>)[type]!(value, '') as object;
    return { ok: true, message: { from, content: { type, ...fields } as PeerContent } };
  } catch {
    return { ok: false, fault: 'malformed' };
  }
};
