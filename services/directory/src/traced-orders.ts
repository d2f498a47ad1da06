import type { ControlPlane } from '@partyline/bus';
import type { Tracing } from '@partyline/telemetry';

type GivesOrders = Pick<ControlPlane, 'order'>;

/** Orders as spans, which go on at the edge that carries them out. */
export const tracedOrders = (controlPlane: GivesOrders, tracing: Tracing): GivesOrders => ({
  order: (to, order, timeoutMs) =>
    tracing.below(
      `order ${order.kind}`,
      { kind: 'producer', attributes: { 'partyline.to_edge': to.edge, 'partyline.to_region': to.region } },
      async (span) => {
        const outcome = await controlPlane.order(to, order, timeoutMs, tracing.traceparent());
        span.set({ 'partyline.outcome': outcome });
        return outcome;
      },
    ),
});
