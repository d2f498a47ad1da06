import { type ErrorCode, PartylineError } from './errors.ts';
import type { Fetch } from './options.ts';

/** One request to the directory's API. */
export interface DirectoryRequest {
  fetch: Fetch;
  /** Base URL of the service, as `serviceUrl` gives it. */
  base: URL;
  method: 'POST' | 'DELETE';
  /** Below the base, without a leading slash. */
  path: string;
  body?: unknown;
  /** Access token or ticket. */
  credential: string | undefined;
  /** W3C trace context that the request belongs to. */
  traceparent?: string | undefined;
  signal: AbortSignal;
  /** What is asked, for the message: "Joining lobby". */
  what: string;
  /** What a refusal is called that has no code of its own. */
  refusedAs: ErrorCode;
}

/**
 * Asks the directory.
 * @returns the JSON of its answer; undefined when that is none
 * @throws PartylineError `unreachable`, `not_allowed`, `removed`, `room_full`, `rate_limited`, `service_failed`, or `refusedAs`
 */
export const askDirectory = async (
  request: DirectoryRequest,
): Promise<{ status: number; value: unknown }> => {
  const { fetch, base, method, path, body, credential, traceparent, signal } = request;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (credential !== undefined) headers.authorization = `Bearer ${credential}`;
  if (traceparent !== undefined) headers.traceparent = traceparent;
  let status: number;
  let retryAfter: string | null;
  let text: string;
  try {
    const response = await fetch(new URL(path, base).href, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    status = response.status;
    retryAfter = response.headers.get('retry-after');
    text = await response.text();
  } catch (cause) {
    throw new PartylineError('unreachable', `Nothing answers at ${base.origin}${whyOf(cause)}.`, { cause });
  }
  const value = parseJson(text);
  if (status < 200 || status > 299) throw refusal(request, status, retryAfter, value);
  return { status, value };
};

/** The answer is none of a directory's. */
export const notADirectory = (base: URL, detail: string, status: number): PartylineError =>
  new PartylineError(
    'service_failed',
    `${base.origin} answered, but not as a Partyline directory does: ${detail}.`,
    { status },
  );

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

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const textField = (value: unknown, name: string): string | undefined => {
  const field = fieldOf(value, name);
  return typeof field === 'string' && field !== '' ? field : undefined;
};

/** What a refusal means: problem+json says it by its `code`, other answers by their status only. */
const codeOf = (status: number, problem: string | undefined, refusedAs: ErrorCode): ErrorCode => {
  if (problem?.includes('full') === true) return 'room_full';
  if (problem === 'removed') return 'removed';
  if (status === 401 || status === 403) return 'not_allowed';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'service_failed';
  return refusedAs;
};

const refusal = (
  { what, refusedAs }: DirectoryRequest,
  status: number,
  retryAfter: string | null,
  value: unknown,
): PartylineError => {
  const problem = textField(value, 'code');
  const code = codeOf(status, problem ?? textField(value, 'type'), refusedAs);
  const detail = textField(value, 'detail') ?? textField(value, 'title') ?? `HTTP status ${status}`;
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  const until = fieldOf(value, 'until');
  const retryAfterMs =
    Number.isFinite(seconds) && seconds >= 0
      ? seconds * 1000
      : code === 'removed' && typeof until === 'number'
        ? Math.max(0, until - Date.now())
        : undefined;
  return new PartylineError(code, `${what} was refused: ${detail.replace(/\.$/, '')}.`, {
    status,
    ...(problem === undefined ? {} : { problem }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
};
