import { CLOSE, closeName, REMOVED_WITHOUT_REASON } from '@partyline/protocol';

/**
 * Why something failed, for programs. Pages choose their own words by it; `message` is a sentence in
 * English that says what to do.
 */
export type ErrorCode =
  /** An option was wrong: the caller's mistake. */
  | 'invalid_option'
  /** The page is not a secure context (https, or http on localhost), so browsers hand out no microphone. */
  | 'no_secure_context'
  /** The user or the system refused the microphone. */
  | 'microphone_refused'
  /** There is no microphone, or something else holds it. */
  | 'microphone_unavailable'
  /** The loudspeaker is not there, or cannot be opened. */
  | 'loudspeaker_unavailable'
  /** The browser lacks what voice needs (AudioWorklet, WebAssembly). */
  | 'unsupported_browser'
  /** The service could not be reached at all. */
  | 'unreachable'
  /** The directory refused the join: bad name, missing or wrong token. */
  | 'join_refused'
  /** The token is missing, forged, expired, or does not allow this. */
  | 'not_allowed'
  /** The directory refused a moderator's act: no such room, or too many are moderated in it. */
  | 'moderation_refused'
  /** The room or every edge is full. */
  | 'room_full'
  /** Too many joins from here; try again later. */
  | 'rate_limited'
  /** The service answered something that is no Partyline, or failed inside. */
  | 'service_failed'
  /** The connection to the edge was lost; the client reconnects by itself. */
  | 'edge_gone'
  /** A moderator removed the participant; `reason` has the moderator's words, `retryAfterMs` when a join may work again. */
  | 'removed'
  /** The same identity joined from somewhere else. */
  | 'replaced'
  /** The room was deleted. */
  | 'room_closed'
  /** The edge closed for a broken rule: see the message. */
  | 'protocol_error'
  /** The room is not connected at the moment, so this cannot be done. */
  | 'not_connected'
  /** Nothing came back in time. */
  | 'timeout'
  /** The caller gave up: left, or aborted by its signal. */
  | 'aborted'
  /** An encoder or decoder failed. */
  | 'codec_failed';

/** Every error that the client throws, rejects with or emits. */
export class PartylineError extends Error {
  override name = 'PartylineError';
  readonly code: ErrorCode;
  /** HTTP status, when a directory answered. */
  readonly status: number | undefined;
  /**
   * The directory's own code of its refusal, such as `token_expired` or `no_edge`, which is finer than `code`; undefined
   * when it gave none. New ones may come.
   */
  readonly problem: string | undefined;
  /** WebSocket close code, when a connection ended. */
  readonly closeCode: number | undefined;
  /** How long to wait before the next try, when the service said so. */
  readonly retryAfterMs: number | undefined;
  /** What the service said when it ended a connection, in its own words: of `removed`, the moderator's. */
  readonly reason: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: {
      status?: number;
      problem?: string;
      closeCode?: number;
      retryAfterMs?: number;
      reason?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.problem = details.problem;
    this.closeCode = details.closeCode;
    this.retryAfterMs = details.retryAfterMs;
    this.reason = details.reason;
  }
}

const CLOSE_ERRORS: Partial<Record<number, [ErrorCode, string]>> = {
  [CLOSE.removed]: ['removed', 'A moderator removed you from the room.'],
  [CLOSE.replaced]: ['replaced', 'You joined this room from somewhere else, which ended this connection.'],
  [CLOSE.superseded]: ['replaced', 'A newer connection of this participant took over.'],
  [CLOSE.roomClosed]: ['room_closed', 'The room was closed.'],
  [CLOSE.ticketRefused]: ['not_allowed', 'The edge refused the ticket; join again.'],
  [CLOSE.flooding]: ['protocol_error', 'The edge closed the connection, for too much was sent.'],
  [CLOSE.messageTooLarge]: ['protocol_error', 'The edge closed the connection, for a message was too large.'],
  [CLOSE.unsupportedVersion]: [
    'protocol_error',
    'The edge does not speak this protocol version; update the client.',
  ],
  [CLOSE.full]: ['room_full', 'The edge or the room is full.'],
};

/** The error that stands for a closed connection; `detail` is what the edge said before, if anything. */
export const errorOfClose = (closeCode: number, detail: string | undefined): PartylineError => {
  const [code, sentence] = CLOSE_ERRORS[closeCode] ?? defaultOfClose(closeCode);
  if (detail === undefined || detail === '' || detail === REMOVED_WITHOUT_REASON) {
    return new PartylineError(code, sentence, { closeCode });
  }
  return new PartylineError(code, `${sentence} (${detail})`, { closeCode, reason: detail });
};

const defaultOfClose = (closeCode: number): [ErrorCode, string] => {
  const name = closeName(closeCode);
  return closeCode >= 4000 && closeCode < 4100
    ? ['protocol_error', `The edge ended the session (${closeCode}${name === undefined ? '' : `, ${name}`}).`]
    : ['edge_gone', `The connection was lost (${closeCode}${name === undefined ? '' : `, ${name}`}).`];
};
