import type { GroupOf, RecordingRule } from '../rule.ts';

/** How many processes miss a Redis, or a part of the bus; 0 as a rule. */
export const engines: GroupOf<RecordingRule> = () => ({
  name: 'partyline-engines',
  rules: [
    {
      record: 'partyline:redis_down:sum',
      expr: 'sum by (cluster, region, redis) (1 - partyline_edge_redis_up or 1 - partyline_directory_redis_up)',
    },
    {
      record: 'partyline:bus_down:sum',
      expr: 'sum by (cluster, region, bus) (1 - partyline_bus_up)',
    },
    {
      // Directories have one connection for orders.
      record: 'partyline:bus_down:sum',
      expr: 'sum by (cluster, region) (1 - partyline_directory_bus_up)',
      labels: { bus: 'orders' },
    },
  ],
});
