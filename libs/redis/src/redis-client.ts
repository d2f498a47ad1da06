import type { Cluster, Redis } from 'ioredis';
import { ClusterClient } from './cluster-client.ts';
import { RedisLink, type RedisLinkStats, type RedisServices } from './redis-link.ts';
import type { RedisTarget } from './target.ts';

export interface RedisClientOptions {
  /** Who connects, such as an edge's id; `CLIENT LIST` shows it. */
  name: string;
  /** What for, such as `state`. */
  role: string;
  /** A command unanswered this long ends its connection; 1,000 unless given. 0: never, for blocking commands. */
  stallMs?: number;
  /** Called at each (re)connect. */
  onUp?: (() => void) | undefined;
}

/** A way to a Redis of any kind, for state; while it is away every command is refused at once. */
export interface RedisClient {
  readonly redis: Redis | Cluster;
  readonly up: boolean;
  /** What is the matter, as one sentence without secrets; undefined while nothing is. */
  readonly problem: string | undefined;
  readonly stats: Readonly<RedisLinkStats>;
  /** Of the last probe, in ms; of a Cluster the slowest node's. Undefined while nothing is known. */
  readonly roundTripMs: number | undefined;
  /** By how much the server's clock is ahead, in ms; of a Cluster that of the node that is furthest off. */
  readonly clockOffsetMs: number | undefined;
  /**
   * Resolves when connected, and also when the server is away: it is then tried on.
   * @throws RedisError when the server answers but cannot be used: wrong password, too old, another kind
   */
  start(): Promise<void>;
  /** Ends every connection at once; what was under way is refused. Idempotent. */
  stop(): void;
}

/** Not started yet. A command is never sent twice: when its answer is lost with its connection, it is refused. */
export function createRedis(
  target: RedisTarget,
  options: RedisClientOptions,
  services: RedisServices = {},
): RedisClient {
  return target.kind === 'cluster'
    ? new ClusterClient(target, options, services)
    : new RedisLink({ target, ...options }, services);
}
