import {
  DEFAULT_SIMULATION,
  type SimulationReport,
  simulate as simulatePlacement,
} from '@partyline/placement';
import type { CommandContext } from '../context.ts';

export interface SimulateOptions {
  joins: number;
  edges: number;
  regions: number;
  maxConnections: number;
  edgesPerRoom: number;
  packUntil: number;
  boundFactor: number;
  loadLimit: number;
  failures: number;
  seed: number;
  rollout: boolean;
  compare?: boolean;
  json?: boolean;
}

/** The default run's joins a second and people at once, whatever the number of joins. */
const JOINS_PER_SECOND = DEFAULT_SIMULATION.joins / DEFAULT_SIMULATION.durationSeconds;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const ROWS: readonly (readonly [label: string, value: (report: SimulationReport) => string])[] = [
  ['joins', ({ joins }) => String(joins)],
  ['refused', ({ refused }) => String(refused)],
  ['tries that met a dead edge', ({ retries }) => String(retries)],
  ['most people at once', ({ peakParticipants }) => String(peakParticipants)],
  ['locality: outside their region', ({ abroadShare }) => percent(abroadShare)],
  ["locality: with all of the room's people of their region", ({ togetherShare }) => percent(togetherShare)],
  [
    'locality: edges of a room, mean and most',
    (report) => `${report.meanEdgesPerRoom.toFixed(2)}, ${report.maxEdgesPerRoom}`,
  ],
  ['locality: other edges that an edge talks to', ({ meanPeersPerEdge }) => meanPeersPerEdge.toFixed(1)],
  [
    'balance: fullest edge against the mean, mean and worst',
    (report) => `${report.meanImbalance.toFixed(2)}, ${report.worstImbalance.toFixed(2)}`,
  ],
  ['balance: load of the fullest edge', ({ worstLoad }) => percent(worstLoad)],
  ['moves: edges that died, people moved', (report) => `${report.failures}, ${report.movedByCrash}`],
  ['moves: edges drained, people moved', (report) => `${report.drains}, ${report.movedByDrain}`],
];

/** Places joins on a simulated fleet with the directory's own placement, and prints what came of it. */
export const simulate = async (options: SimulateOptions, { output }: CommandContext): Promise<void> => {
  const { joins, edges, regions, maxConnections, failures, seed, rollout } = options;
  const { edgesPerRoom: maxEdgesPerRoom, packUntil, boundFactor, loadLimit } = options;
  const durationSeconds = Math.max(60, joins / JOINS_PER_SECOND);
  const policies = options.compare === true ? (['placement', 'random'] as const) : (['placement'] as const);
  const reports = policies.map((policy) =>
    simulatePlacement({
      ...DEFAULT_SIMULATION,
      joins,
      edges,
      regions,
      maxConnections,
      failures,
      seed,
      rollout,
      durationSeconds,
      weights: { maxEdgesPerRoom, packUntil, boundFactor, loadLimit },
      policy,
    }),
  );
  if (options.json === true) {
    output.result(JSON.stringify(policies.length === 1 ? reports[0] : reports));
    return;
  }
  const width = Math.max(...ROWS.map(([label]) => label.length));
  if (policies.length > 1) {
    output.result(`${''.padEnd(width)}  ${policies.map((policy) => policy.padStart(16)).join('  ')}`);
  }
  for (const [label, value] of ROWS) {
    output.result(
      `${label.padEnd(width)}  ${reports.map((report) => value(report).padStart(16)).join('  ')}`,
    );
  }
};
