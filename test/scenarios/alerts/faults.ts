import { FaultInjector } from '../../support/faults/fault-injector.ts';
import type { System } from '../../support/system.ts';
import { holdsWithin } from '../../support/wait.ts';
import type { Fault } from './fault.ts';

const LOSS_SHARE = 0.1;

/** What people far from the fault may notice of it. */
const HEARD = [
  'PartylineGoodVoiceBurnsFast',
  'PartylineGoodVoiceBurnsSlowly',
  'PartylineGoodVoiceBudgetErodes',
  'PartylineMouthToEarLate',
  'PartylinePlayoutLosesFrames',
];

const EDGES_BACK_WITHIN_MS = 30_000;

/** The Redis of a region ends without a word, and comes back empty. */
const redisGone = (system: System): Fault => {
  const region = system.cluster.edges.at(-1)!.region;
  const { servers } = system.cluster.redis.get(region)!;
  return {
    name: 'redis gone',
    fires: [
      { alert: 'PartylineRedisDown', labels: { region, redis: region } },
      { alert: 'PartylineBusDown', labels: { region, bus: 'media' } },
      { alert: 'PartylineBusDown', labels: { region, bus: 'control' } },
      { alert: 'PartylineBusDown', labels: { region, bus: 'orders' } },
    ],
    beside: [
      ...HEARD,
      'PartylineBusLosesFrames',
      'PartylineBusGaps',
      'PartylineBusLate',
      'PartylineRegionWithoutEdges',
    ],
    break: async () => {
      await Promise.all(servers.map((server) => server.kill()));
    },
    mend: async () => {
      await Promise.all(servers.map((server) => server.restart()));
      // It came back empty: until its edges are in it again the region has none, and that may be told when all else is silent already.
      const known = await holdsWithin(
        async () => {
          const counts = (await system.metrics()).select('partyline_directory_edges');
          return counts.length > 0 && counts.every(({ value }) => value > 0);
        },
        EDGES_BACK_WITHIN_MS,
        250,
      );
      if (!known)
        throw new Error(`directories know no edge of a region ${EDGES_BACK_WITHIN_MS} ms after its Redis`);
    },
  };
};

/** One bundle in ten is lost between edges. */
const bundlesLost = (system: System): Fault => {
  const lose = async (lossShare: number): Promise<void> => {
    await Promise.all(
      system.cluster.edges.map(async ({ member }) => (await FaultInjector.of(member)).set({ lossShare })),
    );
  };
  const regions = [...new Set(system.cluster.edges.map(({ region }) => region))];
  return {
    name: 'a tenth of bundles lost',
    fires: [
      ...regions.map((region) => ({
        alert: 'PartylineBusLosesFrames',
        labels: { region, to_region: region },
      })),
      ...system.edges.map((edge) => ({ alert: 'PartylineBusGaps', labels: { edge } })),
    ],
    beside: HEARD,
    break: () => lose(LOSS_SHARE),
    mend: () => lose(0),
  };
};

/** An edge ends without a word, and is started again. */
const edgeKilled = (system: System): Fault => {
  const { id: edge, region, member } = system.cluster.edges[1]!;
  return {
    name: 'edge killed',
    fires: [{ alert: 'PartylineEdgeDown', labels: { edge, region } }],
    beside: [...HEARD, 'PartylineBusLosesFrames', 'PartylineBusGaps'],
    break: () => member.kill(),
    mend: () => member.start(),
  };
};

/** The injectors of bundles are told at the start of a process, so the edge is killed last. */
export const faultsOf = (system: System): Fault[] => [
  redisGone(system),
  bundlesLost(system),
  edgeKilled(system),
];
