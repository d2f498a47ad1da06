import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import type { SentinelTarget, SingleTarget } from './target.ts';

export const CONNECT_TIMEOUT_MS = 1_000;
/** First probe of TCP keep-alive: below the 60 s after which many load balancers forget a quiet connection. */
export const KEEP_ALIVE_MS = 15_000;
const SENTINEL_RETRY_MS = 500;

/** What every connection has in common: nothing queued, nothing sent twice, nothing waited for long. */
export const commonOptions = (name: string): RedisOptions => ({
  connectionName: name,
  // CLIENT SETINFO is newer than the oldest Redis supported and says nothing that the name does not.
  disableClientInfo: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // Only ever closed when nothing more is wanted of it, so there is nothing to wait for.
  disconnectTimeout: 50,
  keepAlive: KEEP_ALIVE_MS,
  noDelay: true,
  enableOfflineQueue: false,
  // Otherwise a command that was under way when its connection ended would wait for the next connection.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxLoadingRetryTime: 500,
});

/** Options for one physical connection. */
export function clientOptions(
  target: SingleTarget | SentinelTarget,
  name: string,
  retryStrategy: () => number,
): RedisOptions {
  const { username, password, tls, db } = target;
  const options: RedisOptions = {
    ...commonOptions(name),
    retryStrategy,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  if (target.kind === 'single') {
    return {
      ...options,
      host: target.host,
      port: target.port,
      // A server's name in TLS is never an address.
      ...(tls && { tls: isIP(target.host) ? {} : { servername: target.host } }),
    };
  }
  return {
    ...options,
    sentinels: [...target.sentinels],
    name: target.name,
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    ...(target.sentinelPassword !== undefined && { sentinelPassword: target.sentinelPassword }),
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    // Never null: ioredis would give up for good after one round of unreachable Sentinels.
    sentinelRetryStrategy: () => Math.random() * SENTINEL_RETRY_MS,
  };
}

/** Names of connections must not hold spaces; `CLIENT LIST` shows them. */
export const clientName = (name: string, role: string): string =>
  `partyline-${name}-${role}`.replace(/[^!-~]/g, '_').slice(0, 128);
