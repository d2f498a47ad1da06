import { RedisCluster, RedisSentinel, RedisServer } from '@partyline/redis/server';
import type { ClusterOptions, RegionOptions } from './options.ts';

/** A region's Redis, whatever its make. */
export interface RegionRedis {
  kind: 'single' | 'cluster' | 'sentinel';
  /** As the region itself reaches it. */
  url: string;
  /** As other regions reach it. */
  wanUrl: string;
  /** The server, or every master of a Cluster, or master and replica. */
  servers: readonly RedisServer[];
  /** Set for its kind only. */
  cluster?: RedisCluster;
  sentinel?: RedisSentinel;
  stop(): Promise<void>;
}

/** @throws Error when redis-server is not installed */
export const startRedis = async (region: RegionOptions, options: ClusterOptions): Promise<RegionRedis> => {
  const { host = '127.0.0.1', launcher } = region;
  if (options.redis === 'cluster') {
    const cluster = await RedisCluster.start({ host });
    const stop = (): Promise<void> => cluster.stop();
    return {
      kind: 'cluster',
      url: cluster.url,
      wanUrl: cluster.url,
      servers: cluster.masters,
      cluster,
      stop,
    };
  }
  if (options.redis === 'sentinel') {
    const sentinel = await RedisSentinel.start({ host });
    const stop = (): Promise<void> => sentinel.stop();
    const { url, servers } = sentinel;
    return { kind: 'sentinel', url, wanUrl: url, servers, sentinel, stop };
  }
  const server = await RedisServer.start({
    host,
    ...(launcher && { launcher }),
    // Other regions come in by another address.
    ...(region.wanHost !== undefined && { settings: { bind: '0.0.0.0' } }),
  });
  const port = options.wanPort === undefined ? server.port : await options.wanPort(server.port);
  const wanUrl = `redis://${region.wanHost ?? host}:${port}`;
  return { kind: 'single', url: server.url, wanUrl, servers: [server], stop: () => server.stop() };
};
