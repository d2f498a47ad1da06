import { type JoinReply, type JoinRequest, parseJoinReply } from '@partyline/protocol';
import { type ErrorCode, PartylineError } from './errors.ts';
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
  signal: AbortSignal;
}

/**
 * Asks the directory for a ticket.
 * @throws PartylineError `unreachable`, `join_refused`, `not_allowed`, `room_full`, `rate_limited`, `service_failed`
 */
export const requestJoin = async (call: JoinCall): Promise<JoinReply> => {
  const url = new URL(`v1/rooms/${encodeURIComponent(call.room)}/join`, call.base);
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (call.credential !== undefined) headers.authorization = `Bearer ${call.credential}`;
  let status: number;
  let retryAfter: string | null;
  let text: string;
  try {
    const { fetch } = call;
    const response = await fetch(url.href, {
      method: 'POST',
      headers,
      body: JSON.stringify(call.request),
      signal: call.signal,
    });
    status = response.status;
    retryAfter = response.headers.get('retry-after');
    text = await response.text();
  } catch (cause) {
    throw new PartylineError('unreachable', `Nothing answers at ${call.base.origin}${whyOf(cause)}.`, {
      cause,
    });
  }
  const value = parseJson(text);
  if (status < 200 || status > 299) throw refusal(call, status, retryAfter, value);
  const parsed = parseJoinReply(value);
  if (!parsed.ok) {
    throw new PartylineError(
      'service_failed',
      `${call.base.origin} answered, but not as a Partyline directory does: ${parsed.detail}.`,
      { status },
    );
  }
  return parsed.reply;
};

/** The innermost reason of a failed request: fetch itself only says "fetch failed". */
const whyOf = (error: unknown): string => {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  if (!(inner instanceof Error)) return '';
  const code = (inner as { code?: unknown }).code;
  const what = typeof code === 'string' ? code : inner.message;
  return what === '' ? '' : ` (${what})`;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const textField = (value: unknown, name: string): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (value as Record<string, unknown>)[name];
  return typeof field === 'string' && field !== '' ? field : undefined;
};

/** What a refusal means: problem+json says it by its `code`, other answers by their status only. */
const codeOf = (status: number, problem: string | undefined): ErrorCode => {
  if (problem?.includes('full') === true) return 'room_full';
  if (status === 401 || status === 403) return 'not_allowed';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'service_failed';
  return 'join_refused';
};

const refusal = (
  call: JoinCall,
  status: number,
  retryAfter: string | null,
  value: unknown,
): PartylineError => {
  const code = codeOf(status, textField(value, 'code') ?? textField(value, 'type'));
  const detail = textField(value, 'detail') ?? textField(value, 'title') ?? `HTTP status ${status}`;
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new PartylineError(code, `Joining ${call.room} was refused: ${detail.replace(/\.$/, '')}.`, {
    status,
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
};
