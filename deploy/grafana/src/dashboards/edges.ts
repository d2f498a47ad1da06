import type { DashboardSource } from '../dashboard.ts';
import { edgeVariable } from '../variables.ts';
import { autoscaling, capacity } from './edges-capacity.ts';
import { clients, controlDetails } from './edges-clients.ts';
import { moves } from './edges-moves.ts';
import { peers, registryDetails } from './edges-peers.ts';
import { drops, traffic } from './edges-traffic.ts';

/** How full edges are, what they send and drop, and whom they move. */
export const edges: DashboardSource = {
  name: 'edges',
  title: 'Edges',
  description: 'How full edges are, what they send, drop and move, and how they get on with each other.',
  variables: [edgeVariable()],
  rows: [capacity, autoscaling, traffic, drops, moves, clients, peers, registryDetails, controlDetails],
};
