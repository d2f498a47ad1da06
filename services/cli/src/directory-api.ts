import { PartylineError } from '@partyline/client';
import { nodeNetwork } from '@partyline/client/node';
import type { CommandContext, ServiceOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';

/** One request to a service's API. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the service's address, without a leading slash. */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  body?: unknown;
}

const TIMEOUT_MS = 10_000;

/**
 * Asks the API with the command's token.
 * @returns the JSON object that it answered with
 * @throws PartylineError `unreachable`, `not_allowed`, `moderation_refused`, `rate_limited`, `service_failed`; CommandError when
 * something else answers
 */
export const askApi = async (
  options: ServiceOptions,
  context: CommandContext,
  { method, path, query = {}, body }: ApiRequest,
): Promise<Record<string, unknown>> => {
  const base = new URL(options.url.endsWith('/') ? options.url : `${options.url}/`);
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  const { fetch } = nodeNetwork({ insecure: options.insecure === true });
  let status: number;
  let text: string;
  try {
    const response = await fetch(url.href, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new PartylineError('unreachable', `Nothing answers at ${base.origin} (${code ?? message}).`, {
      cause,
    });
  }
  const value = parse(text);
  if (status < 200 || status > 299) {
    const detail = typeof value?.detail === 'string' ? value.detail : `HTTP status ${status}`;
    throw new PartylineError(refusalOf(status), detail, { status });
  }
  if (value === undefined) throw notPartyline(options);
  return value;
};

/** Something answered that is no directory. */
export const notPartyline = ({ url }: ServiceOptions): CommandError =>
  new CommandError(EXIT.failed, `${new URL(url).origin} answered, but not as a Partyline directory does.`);

const refusalOf = (status: number): ConstructorParameters<typeof PartylineError>[0] => {
  if (status >= 500) return 'service_failed';
  if (status === 429) return 'rate_limited';
  return status === 401 || status === 403 ? 'not_allowed' : 'moderation_refused';
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
