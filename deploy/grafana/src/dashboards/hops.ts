import type { DashboardSource } from '../dashboard.ts';
import { edgeVariable, pairVariable } from '../variables.ts';
import { busLane } from './hops-bus.ts';
import { captureLane, uplinkLane } from './hops-from-speakers.ts';
import { egressLane, ingressLane } from './hops-in-edges.ts';
import { summary } from './hops-summary.ts';
import { clientDetails, downlinkLane, playoutLane } from './hops-to-listeners.ts';

/** Where does voice get late or lost? A lane for each hop, in the order in which a frame passes them. */
export const hops: DashboardSource = {
  name: 'hops',
  title: 'Hops',
  description:
    'A lane for each hop, in the order in which a frame of voice passes them: when it gets late or lost, one lane changes and the others do not.',
  variables: [edgeVariable(), pairVariable()],
  range: '30m',
  rows: [
    summary,
    captureLane,
    uplinkLane,
    ingressLane,
    busLane,
    egressLane,
    downlinkLane,
    playoutLane,
    clientDetails,
  ],
};
