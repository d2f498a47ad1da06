export {
  ClusterRegistry,
  type ClusterRegistryDeps,
  type ClusterRegistryOptions,
} from './cluster-registry.ts';
export type * from './event-log.ts';
export {
  DEFAULT_REGISTRY_LIMITS,
  DEFAULT_ROOM_SETTINGS,
  LEASE_TTL_MS,
  type RegistryLimits,
} from './limits.ts';
export { type EventLogStats, MemoryEventLog, type MemoryEventLogOptions } from './memory-event-log.ts';
export { MemoryRegistry, type MemoryRegistryDeps } from './memory-registry.ts';
export { RedisEventLog, type RedisEventLogOptions } from './redis/redis-event-log.ts';
export { RedisRegistry, type RedisRegistryOptions } from './redis/redis-registry.ts';
export {
  RedisRoomRegions,
  type RedisRoomRegionsOptions,
  type ScriptRunner,
} from './regional/redis-room-regions.ts';
export {
  RegionalRegistry,
  type RegionalRegistryDeps,
  type RegionalRegistryOptions,
} from './regional/regional-registry.ts';
export { MemoryRoomRegions, type RoomRegions } from './regional/room-regions.ts';
export * from './registry.ts';
