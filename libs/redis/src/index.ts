export {
  type RedisSettings,
  redisConfigFields,
  redisSettingsIssues,
  redisUrl,
  redisUrlsByRegion,
  regionName,
} from './config.ts';
export { keySlot, SLOTS } from './key-slot.ts';
export { OutageLog } from './outage-log.ts';
export { PublishConnection, type PublishConnectionOptions } from './publish-connection.ts';
export { createRedis, type RedisClient, type RedisClientOptions } from './redis-client.ts';
export { explainRedisError, RedisError, type RedisErrorCode } from './redis-error.ts';
export {
  RedisLink,
  type RedisLinkOptions,
  type RedisLinkStats,
  type RedisLog,
  type RedisServices,
} from './redis-link.ts';
export {
  type ClusterTarget,
  describeTarget,
  formatAddress,
  parseRedisUrl,
  type RedisAddress,
  type RedisTarget,
  type RedisUrlResult,
  type SentinelTarget,
  type SingleTarget,
} from './target.ts';
