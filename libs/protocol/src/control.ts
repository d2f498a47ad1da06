import { MAX_CODECS } from './codec-ids.ts';
import { isIdentity } from './ids.ts';
import { ackFields, reportFields } from './report.ts';
import * as s from './shape.ts';

/** Limits of control messages; `docs/limits.md` lists them. */
export const MAX_CONTROL_BYTES = 40_960;
/** The largest control message of an edge: a `welcome` names every publisher of the room. */
export const MAX_EDGE_CONTROL_BYTES = 4_194_304;
/** The largest text (UTF-16 units) or decoded binary (bytes) of one data message. */
export const MAX_DATA_BYTES = 16_384;
export const MAX_DATA_RECIPIENTS = 64;
export const MAX_METADATA_CHARS = 2_048;
/** What an edge says to somebody whom a moderator removed without giving a reason of their own. */
export const REMOVED_WITHOUT_REASON = 'A moderator removed you from this room.';
/** Explicit subscriptions (mode `always`) of one listener. */
export const MAX_SUBSCRIPTIONS = 16;

const u16 = s.integer(0, 0xffff);
const u32 = s.integer(0, 0xffff_ffff);
const streamId = s.integer(1, 0xffff_ffff);
const identity = s.string(1, 128, isIdentity);
const epochMs = s.number(0, 8.64e15);
const count = s.integer(0, Number.MAX_SAFE_INTEGER);
const text = s.string(0, MAX_DATA_BYTES);
/** Numbers of codecs (`CODEC_FORMATS`), each once, in any order. */
const codecs = s.array(s.integer(0, 255), MAX_CODECS);
const base64 = s.string(0, 21_848, (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0);

const participant = s.object({
  streamId,
  identity,
  name: s.string(0, 128),
  /** The customer's own text about the participant; opaque to Partyline. */
  metadata: s.optional(s.string(0, MAX_METADATA_CHARS)),
  /** May publish: silent listeners are announced as a count only. */
  publisher: s.boolean,
  /** Muted by itself. */
  muted: s.boolean,
  /** Muted by a moderator: the edge drops its frames. */
  moderated: s.boolean,
  /** Lost its connection and is still within its grace time. */
  reconnecting: s.boolean,
  /** How the selector treats it: by loudness, always while it talks (priority speaker), or never. */
  selection: s.oneOf('auto', 'pinned', 'excluded'),
});
export type ParticipantInfo = s.Infer<typeof participant>;
/** Reads what an edge says of a participant; also for what edges tell each other. */
export const participantShape: s.Shape<ParticipantInfo> = participant;
export type SelectionMode = ParticipantInfo['selection'];

const dataFields = {
  /** Chosen by the sender, given back in `dataAck`. */
  id: u32,
  /** What the message is about, for example `chat`. */
  label: s.optional(s.string(1, 64)),
  /** Exactly one of the two. */
  text: s.optional(text),
  bytes: s.optional(base64),
};

const clientShapes = {
  hello: s.object({
    version: s.integer(0, 65_535),
    ticket: s.string(1, 8_192),
    /** Software name and version, for the log. */
    client: s.optional(s.string(1, 128)),
    /** From the last `welcome`: allows a ticket that was used already (protocol rule 33). */
    resumeKey: s.optional(s.string(1, 128)),
    muted: s.optional(s.boolean),
    /**
     * Beside an older connection of the same session, elsewhere (protocol rule 60): it receives at once, and is
     * announced and may speak from `ready` on.
     */
    shadow: s.optional(s.boolean),
    /** What it can decode (protocol rule 48); absent: Opus alone. */
    codecs: s.optional(codecs),
    /** This participant records since then (protocol rule 38). */
    recording: s.optional(epochMs),
  }),
  /**
   * On the old connection, after `ready` on the new one: `last` was the last frame sent here, absent when none
   * was. The edge then closes this connection soon, unless the client does so first.
   */
  handover: s.object({ last: s.optional(u16) }),
  leave: s.object({}),
  mute: s.object({ muted: s.boolean }),
  /** `always`: also when not selected; `never`: not even when selected; `auto`: as the room's selector says. */
  subscribe: s.object({ streamId, mode: s.oneOf('auto', 'always', 'never') }),
  /** Line test: the edge sends the participant's own frames back. */
  echo: s.object({ enabled: s.boolean }),
  /** The participant records, since then, or no longer: everybody in the room is told (protocol rule 38). */
  recording: s.object({ since: s.optional(epochMs) }),
  /** To all, or to the identities in `to`. */
  data: s.object({ ...dataFields, to: s.optional(s.array(identity, MAX_DATA_RECIPIENTS)) }),
  ack: s.object(ackFields),
  ping: s.object({ id: u32, t0: epochMs }),
  report: s.object(reportFields),
};

const edgeShapes = {
  welcome: s.object({
    version: s.integer(0, 65_535),
    edge: s.string(1, 64),
    room: s.string(1, 64),
    identity,
    streamId,
    generation: u32,
    resumeKey: s.string(1, 128),
    /** The edge's clock, cluster ms. */
    time: epochMs,
    /** Frames of at most this many streams are forwarded (last-N). */
    lastN: s.integer(1, 64),
    moderated: s.boolean,
    canPublish: s.boolean,
    canSubscribe: s.boolean,
    /** What else the token allows; absent: no, or an edge that does not tell (protocol rule 37). */
    canModerate: s.optional(s.boolean),
    canSendDirect: s.optional(s.boolean),
    /** Send `ack` this often while media arrives, `report` this often; a heartbeat comes this often. */
    ackMs: s.number(10, 60_000),
    reportMs: s.number(100, 600_000),
    heartbeatMs: s.number(100, 60_000),
    maxFramesPerSecond: s.number(1, 10_000),
    /** About one frame in so many is followed (`isTraced`) and told of in `report`; absent: none. */
    traceEvery: s.optional(s.integer(1, 0xffff_ffff)),
    /** Media messages that ask for it are confirmed by `receipt`; absent: not by this edge. */
    receipts: s.optional(s.boolean),
    participants: s.array(participant, 10_000),
    /** Participants who only listen. */
    listeners: count,
    /** What everybody who listens in this room can decode (protocol rule 48); absent: not told by this edge. */
    codecs: s.optional(codecs),
    /** Somebody records, since then. */
    recording: s.optional(epochMs),
  }),
  ready: s.object({}),
  /** Media of `topic` follows from the message after `sequence` on; frames left out meanwhile are counted. */
  subscribed: s.object({ topic: u16, sequence: u32, skippedFrames: count }),
  /** Too little was acknowledged: nothing follows `sequence` until it is (protocol rule 42). */
  paused: s.object({ topic: u16, sequence: u32 }),
  participants: s.object({
    joined: s.optional(s.array(participant, 10_000)),
    updated: s.optional(s.array(participant, 10_000)),
    left: s.optional(s.array(streamId, 10_000)),
    listeners: count,
    /** As in `welcome`, when it has changed. */
    codecs: s.optional(codecs),
  }),
  speakers: s.object({ speakers: s.array(s.object({ streamId, level: s.integer(0, 127) }), 64) }),
  /** Somebody in the room records, since then, or nobody does any more (protocol rule 38). */
  recording: s.object({ since: s.optional(epochMs) }),
  /** A moderator muted or unmuted the participant this is sent to. */
  moderated: s.object({ muted: s.boolean }),
  data: s.object({ ...dataFields, from: identity, streamId, direct: s.boolean }),
  dataAck: s.object({ id: u32, recipients: count }),
  /** Media up to the message with this number has arrived (protocol rule 47). */
  receipt: s.object({ sequence: u32 }),
  pong: s.object({ id: u32, t0: epochMs, t1: epochMs, t2: epochMs }),
  heartbeat: s.object({ time: epochMs }),
  /** A renewed ticket for the next reconnect. */
  ticket: s.object({ ticket: s.string(1, 8_192), expiresAt: epochMs }),
  /**
   * Go to another edge before this one closes the connection, `withinMs` from now. With a ticket for it, or
   * (when the directory cannot be reached) without: then join again, avoiding this edge.
   */
  move: s.object({
    withinMs: s.number(0, 86_400_000),
    ticket: s.optional(s.string(1, 8_192)),
    expiresAt: s.optional(epochMs),
    edge: s.optional(s.string(1, 64)),
    url: s.optional(s.string(1, 2_048)),
    fallbacks: s.optional(s.array(s.object({ edge: s.string(1, 64), url: s.string(1, 2_048) }), 8)),
  }),
  error: s.object({ code: s.string(1, 64), message: s.string(1, 1_024), fatal: s.boolean }),
};

type Messages<Shapes extends Record<string, s.Shape<unknown>>> = {
  [Type in keyof Shapes]: { type: Type } & s.Infer<Shapes[Type]>;
}[keyof Shapes];

/** Everything a client may send as text. */
export type ClientMessage = Messages<typeof clientShapes>;
/** Everything an edge may send as text. */
export type EdgeMessage = Messages<typeof edgeShapes>;
export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;
export type EdgeMessageOf<Type extends EdgeMessage['type']> = Extract<EdgeMessage, { type: Type }>;

export type ControlFault = 'too_large' | 'not_json' | 'unknown_type' | 'invalid';
export type ParsedControl<Message> =
  | { ok: true; message: Message }
  | { ok: false; fault: ControlFault; detail: string };

const parse = <Message>(
  shapes: Record<string, s.Shape<unknown>>,
  raw: string,
  maxLength: number,
): ParsedControl<Message> => {
  if (raw.length > maxLength) {
    return { ok: false, fault: 'too_large', detail: `a control message holds at most ${maxLength} bytes` };
  }
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { ok: false, fault: 'not_json', detail: 'a text message must be one JSON object with a "type"' };
  }
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== 'string') {
    return { ok: false, fault: 'not_json', detail: 'a text message must be one JSON object with a "type"' };
  }
  if (!Object.hasOwn(shapes, type)) {
    return {
      ok: false,
      fault: 'unknown_type',
      detail: `no message type "${type.slice(0, 40)}" is known here`,
    };
  }
  try {
    const fields = shapes[type]!(value, '') as object;
    return { ok: true, message: { type, ...fields } as Message };
  } catch (error) {
    if (!(error instanceof s.ShapeError)) throw error;
    return { ok: false, fault: 'invalid', detail: `${type}: ${error.message}` };
  }
};

/** Parses what a client sent; never throws, whatever the text. */
export const parseClientMessage = (raw: string): ParsedControl<ClientMessage> => {
  const parsed = parse<ClientMessage>(clientShapes, raw, MAX_CONTROL_BYTES);
  if (parsed.ok && parsed.message.type === 'data') return oneContent(parsed, parsed.message);
  return parsed;
};

/** Parses what an edge sent; never throws, whatever the text. */
export const parseEdgeMessage = (raw: string): ParsedControl<EdgeMessage> => {
  const parsed = parse<EdgeMessage>(edgeShapes, raw, MAX_EDGE_CONTROL_BYTES);
  if (parsed.ok && parsed.message.type === 'data') return oneContent(parsed, parsed.message);
  return parsed;
};

const oneContent = <Message>(
  parsed: ParsedControl<Message>,
  data: { text?: string; bytes?: string },
): ParsedControl<Message> =>
  (data.text === undefined) === (data.bytes === undefined)
    ? { ok: false, fault: 'invalid', detail: 'data: exactly one of "text" and "bytes" must be given' }
    : parsed;

/** JSON text of a control message. */
export const encodeControl = (message: ClientMessage | EdgeMessage): string => JSON.stringify(message);
