import { type JoinReply, type JoinRequest, parseJoinReply } from '@partyline/protocol';
import { askDirectory, notADirectory } from './directory-request.ts';
import { PartylineError } from './errors.ts';
import type { Fetch } from './options.ts';

/** Base URL of the service, checked: http or https, ending in a slash, without query and fragment. */
export const serviceUrl = (text: string): URL => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new PartylineError(
      'invalid_option',
      `url must be an http or https URL such as http://127.0.0.1:8080, not "${text}".`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PartylineError(
      'invalid_option',
      `url must start with http:// or https://, not ${url.protocol}//.`,
    );
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
};

/** An edge's WebSocket URL; one without a host is relative to the directory's own URL. */
export const edgeUrl = (base: URL, text: string): string => {
  const url = new URL(text, base);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  return url.href;
};

export interface JoinCall {
  fetch: Fetch;
  base: URL;
  room: string;
  request: JoinRequest;
  /** Access token, or the last ticket when resuming. */
  credential: string | undefined;
  traceparent?: string | undefined;
  signal: AbortSignal;
}

/**
 * Asks the directory for a ticket.
 * @throws PartylineError `unreachable`, `join_refused`, `not_allowed`, `removed`, `room_full`, `rate_limited`, `service_failed`
 */
export const requestJoin = async (call: JoinCall): Promise<JoinReply> => {
  const { fetch, base, room, request, credential, traceparent, signal } = call;
  const { status, value } = await askDirectory({
    fetch,
    base,
    method: 'POST',
    path: `v1/rooms/${encodeURIComponent(room)}/join`,
    body: request,
    credential,
    traceparent,
    signal,
    what: `Joining ${room}`,
    refusedAs: 'join_refused',
  });
  const parsed = parseJoinReply(value);
  if (!parsed.ok) throw notADirectory(base, parsed.detail, status);
  return parsed.reply;
};
