import { describeTarget, type RedisTarget } from './target.ts';

/**
 * `refused`: wrong password, user or rights. `unsuitable`: too old or another kind of Redis than the URL says.
 * `away`: not reached (yet); it may come back by itself.
 */
export type RedisErrorCode = 'refused' | 'unsuitable' | 'away';

/** A sentence about a Redis, for whoever set it up. */
export class RedisError extends Error {
  override name = 'RedisError';
  readonly code: RedisErrorCode;
  constructor(code: RedisErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Says what is the matter, without secrets. */
export function explainRedisError(error: unknown, target: RedisTarget): RedisError {
  if (error instanceof RedisError) return error;
  const where = `Redis at ${describeTarget(target)}`;
  const { text, code } = readError(error);
  const has = (pattern: RegExp): boolean => pattern.test(text);
  if (has(/WRONGPASS|invalid (username-)?password|invalid username/i)) {
    return new RedisError('refused', `${where} refused the password or user name; check them in its URL.`);
  }
  if (has(/NOAUTH|Authentication required/i)) {
    return new RedisError(
      'refused',
      `${where} wants a password; write it into its URL as redis://:password@host.`,
    );
  }
  if (has(/NOPERM/)) {
    return new RedisError(
      'refused',
      `${where} does not let this user do what is needed: ${redact(text, target)}`,
    );
  }
  if (has(/unknown command [`'"]?(S?SUBSCRIBE|SPUBLISH|HELLO)/i)) {
    return new RedisError('unsuitable', `${where} is too old: ${redact(text, target)}`);
  }
  if (has(/cluster support disabled/i)) {
    return new RedisError('unsuitable', `${where} is no Redis Cluster; write redis:// before its address.`);
  }
  return new RedisError('away', `${where} ${sayAway(text, code, target)}`);
}

function sayAway(text: string, code: string | undefined, target: RedisTarget): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'cannot be reached: nothing listens there.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'cannot be reached: its host name is not known.';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `cannot be reached: no answer to the connection${target.tls ? '; does it speak TLS?' : '.'}`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return 'speaks no TLS there; write redis:// instead of rediss://.';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection.';
  }
  if (/CERT|UNABLE_TO_VERIFY/.test(code ?? '')) {
    const why = redact(text, target);
    return `has a certificate that is not trusted (${why}); name its authority by NODE_EXTRA_CA_CERTS.`;
  }
  if (/no answer for/.test(text)) return 'does not answer.';
  if (/LOADING/.test(text)) return 'is still loading its data.';
  if (/invalid reply: null|No such master/.test(text) && target.kind === 'sentinel') {
    return `cannot be reached: the Sentinel knows no master called ${target.name}.`;
  }
  if (
    /Connection is closed|Stream isn't writeable|isn't ready|MaxRetries|max retries per request/i.test(text)
  ) {
    return 'is away.';
  }
  return `is away: ${redact(text, target)}`;
}

/** The innermost cause: ioredis wraps what a Cluster's nodes or the Sentinels said. */
function readError(error: unknown): { text: string; code: string | undefined } {
  const texts: string[] = [];
  let code: string | undefined;
  for (let at: unknown = error; at instanceof Error && texts.length < 5; ) {
    texts.push(at.message);
    // Several addresses of one host were tried, and all failed: the error's own message is empty.
    const first: unknown = at instanceof AggregateError ? at.errors[0] : undefined;
    const { code: own, lastNodeError, cause } = at as NodeJS.ErrnoException & { lastNodeError?: unknown };
    code = own ?? code;
    at = lastNodeError ?? first ?? cause;
  }
  const text = texts.length === 0 ? String(error) : texts.filter((one) => one !== '').join(': ');
  code ??= /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET)\b/.exec(text)?.[1];
  return { text, code };
}

/** Takes passwords out of a text, and keeps it short. */
function redact(text: string, target: RedisTarget): string {
  let clean = text.replace(/\s+/g, ' ').trim().slice(0, 300);
  const secrets = [target.password, target.kind === 'sentinel' ? target.sentinelPassword : undefined];
  for (const secret of secrets) {
    if (secret) clean = clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  return clean;
}
