import type { TicketKeySet } from '@partyline/tokens';
import { z } from 'zod';
import type { MoveResult } from '../drain/move-tickets.ts';
import type { RenewResult } from '../sessions/ticket-renewal.ts';

/** The longest that one directory is waited for, in ms. */
const REQUEST_TIMEOUT_MS = 2_000;
/** The largest answer that is read, in characters. */
const MAX_ANSWER_CHARS = 65_536;

const renewed = z.object({ ticket: z.string().min(1), ticketExpiresAt: z.number() });
const moved = renewed.extend({
  edge: z.string().min(1),
  url: z.string().min(1),
  fallbacks: z
    .array(z.object({ edge: z.string(), url: z.string() }))
    .max(8)
    .default([]),
});
const keys = z.object({
  keys: z.array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() })).min(1),
});
const regions = z.object({ regions: z.array(z.string()).optional() });
const refusal = z.object({
  code: z.string(),
  detail: z.string(),
  retryAfterSeconds: z.number().optional(),
});

export interface DirectoryClientOptions {
  /** Without a slash at the end. */
  urls: readonly string[];
  /** W3C trace context that goes with what is asked now. */
  traceparent?: () => string | undefined;
}

/** No directory gave an answer that can be used. */
export class DirectoryAwayError extends Error {
  override name = 'DirectoryAwayError';
}

interface Answer {
  status: number;
  body: unknown;
}

/**
 * Asks the directories, one after the other until one answers; the next call begins with the one that
 * answered last.
 */
export class DirectoryClient {
  readonly #urls: readonly string[];
  readonly #traceparent: () => string | undefined;
  #preferred = 0;

  constructor({ urls, traceparent = () => undefined }: DirectoryClientOptions) {
    this.#urls = urls;
    this.#traceparent = traceparent;
  }

  /** @throws DirectoryAwayError */
  async renewTicket(ticket: string): Promise<RenewResult> {
    const { status, body } = await this.#post('/v1/tickets/renew', ticket);
    if (status !== 200) return refused(body, status);
    const { ticket: newer, ticketExpiresAt } = read(renewed, body);
    return { ok: true, ticket: newer, expiresAt: ticketExpiresAt };
  }

  /**
   * A ticket of the next generation for another edge.
   * @param avoid edges that it must not name
   * @throws DirectoryAwayError
   */
  async moveTicket(ticket: string, avoid: readonly string[]): Promise<MoveResult> {
    const { status, body } = await this.#post('/v1/tickets/move', ticket, { avoid });
    if (status !== 200) return refused(body, status);
    const { ticket: newer, ticketExpiresAt, edge, url, fallbacks } = read(moved, body);
    return { ok: true, ticket: newer, expiresAt: ticketExpiresAt, edge, url, fallbacks };
  }

  /** @throws DirectoryAwayError */
  async keys(): Promise<TicketKeySet> {
    return read(keys, await this.#keysPage()) as TicketKeySet;
  }

  /**
   * Regions whose edges the directory knows; undefined from one that does not say.
   * @throws DirectoryAwayError
   */
  async regions(): Promise<readonly string[] | undefined> {
    return read(regions, await this.#keysPage()).regions;
  }

  async #keysPage(): Promise<unknown> {
    const { status, body } = await this.#ask('/v1/keys', {});
    if (status === 200) return body;
    throw new DirectoryAwayError(`the directory answered status ${status} to GET /v1/keys`);
  }

  #post(path: string, ticket: string, body: object = {}): Promise<Answer> {
    const traceparent = this.#traceparent();
    return this.#ask(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ticket}`,
        'content-type': 'application/json',
        ...(traceparent !== undefined && { traceparent }),
      },
      body: JSON.stringify(body),
    });
  }

  async #ask(path: string, init: RequestInit): Promise<Answer> {
    if (this.#urls.length === 0) throw new DirectoryAwayError('PARTYLINE_DIRECTORY_URLS names no directory');
    let failure = '';
    for (let i = 0; i < this.#urls.length; i++) {
      const index = (this.#preferred + i) % this.#urls.length;
      const url = this.#urls[index]!;
      try {
        const reply = await fetch(`${url}${path}`, {
          ...init,
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        const text = await reply.text();
        if (reply.status >= 500 || text.length > MAX_ANSWER_CHARS) {
          failure = `${url}, answered status ${reply.status}${detailOf(parsed(text))}`;
          continue;
        }
        this.#preferred = index;
        return { status: reply.status, body: parsed(text) };
      } catch (error) {
        failure = `${url}: ${reasonOf(error)}`;
      }
    }
    throw new DirectoryAwayError(`no directory answers; the last one tried, ${failure}`);
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const detailOf = (body: unknown): string => {
  const result = refusal.safeParse(body);
  return result.success ? `: ${result.data.detail}` : '';
};

const read = <Content>(schema: z.ZodType<Content>, body: unknown): Content => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new DirectoryAwayError('the directory gave an answer of another make: do the versions fit?');
};

const refused = (body: unknown, status: number) => {
  const result = refusal.safeParse(body);
  if (!result.success) throw new DirectoryAwayError(`the directory answered status ${status}`);
  // Too many requests is no verdict about the ticket: it is asked again.
  const reason = status === 429 ? 'too_early' : result.data.code;
  const { detail, retryAfterSeconds } = result.data;
  return {
    ok: false as const,
    reason,
    detail,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS} ms`;
  return error.cause instanceof Error ? error.cause.message : error.message;
};
