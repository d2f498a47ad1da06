import { isIdentity, isRoomId, isStreamId, type SelectionMode } from '@partyline/protocol';

/** Orders that a directory gives to the edges that hold a room and to recorders, and news between edges. */
export type ControlOrder =
  | { kind: 'mute'; room: string; identity: string; muted: boolean }
  | { kind: 'selection'; room: string; identity: string; selection: SelectionMode }
  | { kind: 'remove'; room: string; identity: string; reason: string }
  /**
   * The identity has joined anew: `streamId`, `generation` and `resumeId` are the new session's. Whatever
   * session of the identity has another resume id is told and closed; with `replaces` only the one of that stream id, so
   * that an order which comes late ends no session that is newer still.
   */
  | {
      kind: 'replace';
      room: string;
      identity: string;
      streamId: number;
      generation: number;
      resumeId: string;
      replaces?: number;
    }
  | { kind: 'close_room'; room: string }
  /** Moves everybody to other edges within the time, or (`resume`) takes participants again. */
  | { kind: 'drain'; windowMs: number; resume: boolean }
  /** Changes nothing: the reply's answer says how the edge does. */
  | { kind: 'status' }
  /** To all recorders: the answer says who it is and how much it has to do. */
  | { kind: 'recorders' }
  /** To one recorder: begins a recording; `wishes` are for the recorder to check. */
  | { kind: 'record'; room: string; wishes: unknown }
  /** To all recorders: the answer is what it knows of the room's recordings. */
  | { kind: 'recordings'; room: string }
  /** To all recorders: who has this one ends it. */
  | { kind: 'end_recording'; room: string; recording: string };

/** The largest reply that is sent or read, in bytes. */
const MAX_REPLY_BYTES = 65_536;

/** What became of an order: carried out, or its room or participant is not on that edge. */
export type OrderOutcome = 'done' | 'not_here';

export interface OrderRequest {
  id: string;
  /** Channel that the outcome is published on. */
  replyTo: string;
  order: ControlOrder;
  /** W3C trace context of whoever gave it. */
  traceparent?: string;
}
export interface OrderReply {
  id: string;
  outcome: OrderOutcome | 'failed';
  /** What was asked for, as JSON has it; most orders ask for nothing. */
  answer?: unknown;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes for the bus. */
export const encodeRequest = (request: OrderRequest): Uint8Array => encoder.encode(JSON.stringify(request));
/** Bytes for the bus; `failed` in place of a reply that is larger than {@link MAX_REPLY_BYTES}. */
export const encodeReply = (reply: OrderReply): Uint8Array => {
  const bytes = encoder.encode(JSON.stringify(reply));
  if (bytes.length <= MAX_REPLY_BYTES) return bytes;
  return encoder.encode(JSON.stringify({ id: reply.id, outcome: 'failed' }));
};

/** A request whose order may be one that is not known here, as of a later version: who gave it is to be told. */
export type ReadRequest = Omit<OrderRequest, 'order'> & { order: ControlOrder | undefined };

/** Reads a request; undefined, never an exception, for anything else. */
export const parseRequest = (bytes: Uint8Array): ReadRequest | undefined => {
  const value = parseObject(bytes);
  if (value === undefined || !isText(value.id, 64) || !isText(value.replyTo, 256)) return undefined;
  const { id, replyTo, traceparent } = value;
  const request = { id, replyTo, order: readOrder(value.order) };
  return isText(traceparent, 128) ? { ...request, traceparent } : request;
};

/** Reads a reply; undefined, never an exception, for anything else. */
export const parseReply = (bytes: Uint8Array): OrderReply | undefined => {
  if (bytes.length > MAX_REPLY_BYTES) return undefined;
  const value = parseObject(bytes);
  if (value === undefined || !isText(value.id, 64)) return undefined;
  const { id, outcome, answer } = value;
  if (outcome !== 'done' && outcome !== 'not_here' && outcome !== 'failed') return undefined;
  return answer === undefined ? { id, outcome } : { id, outcome, answer };
};

const readOrder = (value: unknown): ControlOrder | undefined => {
  if (isObject(value) && value.kind === 'drain') return readDrain(value);
  if (isObject(value) && (value.kind === 'status' || value.kind === 'recorders')) return { kind: value.kind };
  if (!isObject(value) || typeof value.room !== 'string' || !isRoomId(value.room)) return undefined;
  const { kind, room } = value;
  if (kind === 'close_room' || kind === 'recordings') return { kind, room };
  if (kind === 'record') return { kind, room, wishes: value.wishes };
  if (kind === 'end_recording') {
    return isText(value.recording, 64) ? { kind, room, recording: value.recording } : undefined;
  }
  const { identity } = value;
  if (typeof identity !== 'string' || !isIdentity(identity)) return undefined;
  switch (kind) {
    case 'mute': {
      const { muted } = value;
      return typeof muted === 'boolean' ? { kind, room, identity, muted } : undefined;
    }
    case 'selection': {
      const { selection } = value;
      if (selection !== 'auto' && selection !== 'pinned' && selection !== 'excluded') return undefined;
      return { kind, room, identity, selection };
    }
    case 'remove': {
      const { reason } = value;
      return typeof reason === 'string' && reason.length <= 1_024
        ? { kind, room, identity, reason }
        : undefined;
    }
    case 'replace': {
      const { streamId, generation, resumeId, replaces } = value;
      if (typeof streamId !== 'number' || !isStreamId(streamId)) return undefined;
      if (!Number.isInteger(generation) || !isText(resumeId, 128)) return undefined;
      const order = { kind, room, identity, streamId, generation: generation as number, resumeId } as const;
      return typeof replaces === 'number' && isStreamId(replaces) ? { ...order, replaces } : order;
    }
    default:
      return undefined;
  }
};

const readDrain = ({ kind, windowMs, resume }: Record<string, unknown>): ControlOrder | undefined =>
  kind === 'drain' &&
  typeof windowMs === 'number' &&
  windowMs >= 0 &&
  windowMs <= 86_400_000 &&
  typeof resume === 'boolean'
    ? { kind, windowMs, resume }
    : undefined;

const parseObject = (bytes: Uint8Array): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= maxLength;
