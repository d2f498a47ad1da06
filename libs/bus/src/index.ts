export * from './bus.ts';
export * from './channels.ts';
export type { ControlOrder, OrderOutcome } from './control-order.ts';
export {
  type AnsweredOrder,
  ControlPlane,
  type ControlPlaneOptions,
  type ControlPlaneStats,
  type OrderAddress,
  type OrderHandler,
  type OrderResult,
} from './control-plane.ts';
export { bundleFrames, sourceOf } from './media/bundle.ts';
export {
  createIncomingBundles,
  type IncomingBundlesOptions,
  type IncomingBundlesServices,
} from './media/incoming-bundles.ts';
export type {
  BundleSource,
  FrameSink,
  IncomingBundles,
  IncomingStats,
  LinkStats,
  OutgoingLink,
  OutgoingLinks,
} from './media/link.ts';
export { LINK_LIMITS, type LinkLimits } from './media/link-limits.ts';
export {
  createOutgoingLinks,
  type OutgoingLinksOptions,
  type OutgoingLinksServices,
} from './media/outgoing-links.ts';
export { MemoryBus, MemoryBusHub, type MemoryBusOptions } from './memory-bus.ts';
export { RedisBus, type RedisBusOptions } from './redis/redis-bus.ts';
export { RegionalBus, type RegionalBusOptions } from './regional-bus.ts';
