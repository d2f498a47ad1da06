export {
  type RedisSettings,
  redisConfigFields,
  redisSettingsIssues,
  redisUrl,
  redisUrlsByRegion,
} from './config.ts';
export { keySlot, SLOTS } from './key-slot.ts';
export { createRedis, type RedisClient, type RedisClientOptions } from './redis-client.ts';
export { RedisError, type RedisErrorCode } from './redis-error.ts';
export { RedisLink, type RedisLinkOptions, type RedisLinkStats, type RedisLog } from './redis-link.ts';
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
