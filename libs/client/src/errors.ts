import { CLOSE, closeName, REMOVED_WITHOUT_REASON } from '@partyline/protocol';

/**
 * Why something failed, for programs. Pages choose their own words by it; `message` is a sentence in
 * English that says what to do.
 */
export type ErrorCode =
  /** An option was wrong, the caller's mistake. Do what the message says. */
  | 'invalid_option'
  /** The page is not a secure context (https, or http on localhost), so browsers hand out no microphone. Serve the page by https. */
  | 'no_secure_context'
  /** The user or the system refused the microphone. Say where it is allowed, or join with `microphone: false`. */
  | 'microphone_refused'
  /** There is no microphone, or something else holds it. Offer another from `listDevices()`, or listening only. */
  | 'microphone_unavailable'
  /** The loudspeaker is not there, or cannot be opened. The one before stays in use. */
  | 'loudspeaker_unavailable'
  /** The browser lacks what voice needs (AudioWorklet, WebAssembly). Ask for a current one. */
  | 'unsupported_browser'
  /** The service could not be reached at all. Check `url` and network; trying again makes sense. */
  | 'unreachable'
  /** The directory refused the join: bad name, missing or wrong token. Trying the same again does not help. */
  | 'join_refused'
  /** The token is missing, forged, expired, or does not allow this. Mint another one. */
  | 'not_allowed'
  /** The directory refused a moderator's act: no such room, or too many are moderated in it. */
  | 'moderation_refused'
  /** The room or every edge is full. Try later. */
  | 'room_full'
  /** Too many joins from here. Wait for `retryAfterMs`. */
  | 'rate_limited'
  /** The service answered something that is no Partyline, or failed inside. Check `url`; its log knows more. */
  | 'service_failed'
  /** The connection to the edge was lost; the client reconnects by itself. Show that it does. */
  | 'edge_gone'
  /** A moderator removed the participant; `reason` has the moderator's words, `retryAfterMs` when a join may work again. */
  | 'removed'
  /** The same identity joined from somewhere else. Do not join again by yourself, or the two take turns. */
  | 'replaced'
  /** The room was deleted. Joining again makes it anew, where that is allowed. */
  | 'room_closed'
  /** The edge closed for a broken rule: see the message. Update the package; if that does not help, it is a fault of it. */
  | 'protocol_error'
  /** The room is not connected at the moment, so this cannot be done. Wait for the state `live`. */
  | 'not_connected'
  /** Nothing came back in time. Whether it was done is not known; joining again is safe. */
  | 'timeout'
  /** The caller gave up: left, or aborted by its signal. Nothing to do. */
  | 'aborted'
  /** There is no codec that everybody in the room can decode. Let those who cannot decode Opus join with another list, or deploy a transcoder. */
  | 'no_common_codec'
  /** An encoder or decoder failed. One speaker is silent, or nothing can be sent; `cause` has the engine's own words. */
  | 'codec_failed';

/** Every error that the client throws, rejects with or emits. */
export class PartylineError extends Error {
  /** Always `PartylineError`. */
  override name = 'PartylineError';
  /** What to go by in programs. */
  readonly code: ErrorCode;
  /** HTTP status (RFC 9110), when a directory answered. */
  readonly status: number | undefined;
  /**
   * The directory's own code of its refusal, such as `token_expired` or `no_edge`, which is finer than `code`; undefined
   * when it gave none. New ones may come.
   */
  readonly problem: string | undefined;
  /** WebSocket close code (RFC 6455, 7.4), when a connection ended. */
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

/** What was thrown, as what this package throws. */
export const asError = (error: unknown): PartylineError =>
  error instanceof PartylineError
    ? error
    : new PartylineError('service_failed', error instanceof Error ? error.message : String(error), {
        cause: error,
      });
