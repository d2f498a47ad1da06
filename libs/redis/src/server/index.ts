export { freePort } from './port.ts';
export { RedisCluster, type RedisClusterOptions } from './redis-cluster.ts';
export { RedisSentinel, type RedisSentinelOptions } from './redis-sentinel.ts';
export { RedisServer, type RedisServerOptions } from './redis-server.ts';
