/**
 * WebSocket close codes (RFC 6455, 7.4.2 leaves 4000–4999 to applications). The range says what a client
 * does next, so that a client of today handles a code of tomorrow (protocol rule 30):
 * 4000–4099 do not reconnect; 4100–4199 reconnect to the same edge; 4200–4299 join again, perhaps elsewhere.
 */
export const CLOSE = {
  /** The participant left, or the session ended as asked. */
  left: 4000,
  /** First message was no valid hello, or a control message broke the protocol. */
  protocolError: 4001,
  /** `hello.version` is not spoken here. */
  unsupportedVersion: 4002,
  /** Forged, for another room, or used before: see the error message sent first. */
  ticketRefused: 4003,
  /** A moderator removed the participant. */
  removed: 4004,
  /** The same identity joined again with another resume id. */
  replaced: 4005,
  /** The room was deleted. */
  roomClosed: 4006,
  /** Too many messages or bytes for too long. */
  flooding: 4007,
  /** A message larger than the limits in `welcome`. */
  messageTooLarge: 4008,
  /** A newer session (higher generation) of the same stream took over. */
  superseded: 4009,

  /** The listener acknowledged nothing for 10 s. */
  slowListener: 4100,
  /** Nothing at all was heard from the client for its idle time. */
  idle: 4101,
  /** Something failed in the edge. */
  internalError: 4102,
  /** No hello within 5 s. */
  helloTimeout: 4103,

  /** The edge is going away. */
  goingAway: 4200,
  /** The ticket is past its expiry: join again for a fresh one. */
  ticketExpired: 4201,
  /** The ticket names another edge. */
  wrongEdge: 4202,
  /** The edge is over its limit of connections or the room over its limit of participants. */
  full: 4203,
} as const;

export type CloseName = keyof typeof CLOSE;
export type CloseAdvice = 'stop' | 'reconnect' | 'rejoin';

/** What a client does after a close code. Codes outside 4000–4299, such as 1006, mean a lost connection. */
export const closeAdvice = (code: number): CloseAdvice => {
  if (code >= 4000 && code < 4100) return 'stop';
  if (code >= 4200 && code < 4300) return 'rejoin';
  return 'reconnect';
};

const NAMES = new Map<number, CloseName>(
  Object.entries(CLOSE).map(([name, code]) => [code, name as CloseName]),
);

/** The name of one of Partyline's own close codes, or undefined. */
export const closeName = (code: number): CloseName | undefined => NAMES.get(code);
