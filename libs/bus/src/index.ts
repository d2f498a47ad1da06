export * from './bus.ts';
export type { ControlOrder, OrderOutcome } from './control-order.ts';
export {
  ControlPlane,
  type ControlPlaneOptions,
  type ControlPlaneStats,
  type OrderHandler,
  type OrderResult,
} from './control-plane.ts';
export { MemoryBus, MemoryBusHub, type MemoryBusOptions } from './memory-bus.ts';
