import * as s from './shape.ts';

/** What a client posts to `/v1/rooms/{room}/join`; the credential goes in the `Authorization` header. */
export interface JoinRequest {
  /** Display name; guests (where allowed) are known by it. */
  name?: string;
  /** From the last join: keeps stream id and resume id, with the next generation. */
  resumeId?: string;
  /** Edges that just failed this client. */
  avoid?: string[];
  /** Preferred region. */
  region?: string;
  /** The customer's own text about the participant. */
  metadata?: string;
}

/** The directory's answer to a join; checked by the client. */
export const joinReply = s.object({
  /** Goes in `hello` within 5 s, never in a URL. */
  ticket: s.string(1, 8_192),
  ticketExpiresAt: s.number(0, 8.64e15),
  room: s.string(1, 64),
  identity: s.string(1, 128),
  streamId: s.integer(1, 0xffff_ffff),
  resumeId: s.string(1, 128),
  generation: s.integer(0, 0xffff_ffff),
  /** WebSocket URL of the edge to connect to. Absent host: relative to the directory's own URL. */
  url: s.string(1, 2_048),
  edge: s.string(1, 64),
  /** Other edges, in the room's own order of preference. */
  fallbacks: s.array(s.object({ edge: s.string(1, 64), url: s.string(1, 2_048) }), 8),
});
export type JoinReply = s.Infer<typeof joinReply>;

/** Checks a join reply; the error names the field. */
export const parseJoinReply = (
  value: unknown,
): { ok: true; reply: JoinReply } | { ok: false; detail: string } => {
  try {
    return { ok: true, reply: joinReply(value, '') };
  } catch (error) {
    if (!(error instanceof s.ShapeError)) throw error;
    return { ok: false, detail: error.message };
  }
};

/** The path under which an edge takes WebSocket connections. */
export const WEBSOCKET_PATH = '/v1/ws';
