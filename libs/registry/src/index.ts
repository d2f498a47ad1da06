export {
  DEFAULT_REGISTRY_LIMITS,
  DEFAULT_ROOM_SETTINGS,
  LEASE_TTL_MS,
  type RegistryLimits,
} from './limits.ts';
export { MemoryRegistry } from './memory-registry.ts';
export * from './registry.ts';
