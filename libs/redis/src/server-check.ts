import type { Cluster, Redis } from 'ioredis';
import { RedisError } from './redis-error.ts';
import { describeTarget, type RedisTarget } from './target.ts';

/** Streams, sorted sets by range and RESP 3 as they are used here. */
const OLDEST = [6, 2] as const;
/** Sharded pub/sub. */
const OLDEST_CLUSTER = [7, 0] as const;

/**
 * What is wrong with a server that answers: too old, or another kind than its URL says.
 * @throws what the connection throws
 */
export async function checkServer(
  redis: Redis | Cluster,
  target: RedisTarget,
): Promise<RedisError | undefined> {
  let info: string;
  try {
    info = String(await (redis as Redis).call('INFO', 'server'));
  } catch (error) {
    // A user without the right to ask may still do everything else.
    if (error instanceof Error && error.message.includes('NOPERM')) return undefined;
    throw error;
  }
  return judge(info, target);
}

/** Internal to `checkServer`; separate for its tests. */
export function judge(info: string, target: RedisTarget): RedisError | undefined {
  const where = `Redis at ${describeTarget(target)}`;
  const version = /^redis_version:(\d+)\.(\d+)/m.exec(info);
  const mode = /^redis_mode:(\w+)/m.exec(info)?.[1];
  const unsuitable = (message: string): RedisError => new RedisError('unsuitable', `${where} ${message}`);
  if (mode === 'sentinel' && target.kind !== 'sentinel') {
    return unsuitable("is a Sentinel; write redis+sentinel://host:port/master, with the master's name.");
  }
  if (mode === 'cluster' && target.kind !== 'cluster') {
    return unsuitable('is a node of a Redis Cluster; write redis+cluster:// before its address.');
  }
  if (mode === 'standalone' && target.kind === 'cluster') {
    return unsuitable('is no Redis Cluster; write redis:// before its address.');
  }
  if (version === null) return undefined;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [oldestMajor, oldestMinor] = target.kind === 'cluster' ? OLDEST_CLUSTER : OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  const why = target.kind === 'cluster' ? ' for sharded publish and subscribe' : '';
  return unsuitable(`is version ${major}.${minor}; ${oldestMajor}.${oldestMinor} or newer is needed${why}.`);
}
