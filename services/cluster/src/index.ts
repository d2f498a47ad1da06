export { Cluster, type Place } from './cluster.ts';
export { Member, type MemberOptions } from './member.ts';
export type { ClusterOptions, RegionOptions } from './options.ts';
export type { RegionRedis } from './redis-of-region.ts';
