import {
  CLUSTER_WORDS,
  type ClusterCommand,
  clusterCommand,
  readPort,
  readWords,
  wrong,
} from '../command-line.ts';

export const observeHelpText = `
npm run observe -- [options]

Runs a whole cluster on this machine as npm run cluster does, with a call of bots that talk in turns and with
Prometheus, which reads every process. Needs redis-server; goes on without Prometheus where that is not installed.

  --bots 6               how many bots are in the call, spread over the regions; 0 for none
  --prometheus 9090      port of Prometheus; 0 lets the system choose
  --regions eu,us        names of the regions; each has a Redis of its own
  --edges 2              edges of each region
  --directories 1        directories of each region
  --redis single         what each region has: single, cluster (three masters) or sentinel
  --port 8080            of the first directory, which serves the page; 0 lets the system choose

Settings of the edges and directories (PARTYLINE_…, see docs/configuration.md) are passed on. Ctrl-C stops all.
`;

export interface ObserveCommand {
  cluster: ClusterCommand;
  bots: number;
  prometheusPort: number | undefined;
}

export type ObserveCommandLine =
  | { kind: 'run'; options: ObserveCommand }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

const OBSERVE_WORDS = {
  ...CLUSTER_WORDS,
  bots: { type: 'string', default: '6' },
  prometheus: { type: 'string', default: '9090' },
} as const;

const MAX_BOTS = 50;

/** Reads the words after `npm run observe --`. */
export function readObserveCommandLine(args: readonly string[]): ObserveCommandLine {
  const values = readWords(args, OBSERVE_WORDS);
  if (typeof values === 'string') return wrong(values, 'observe');
  if (values.help === true) return { kind: 'help' };
  const cluster = clusterCommand(values);
  if (typeof cluster === 'string') return wrong(cluster, 'observe');
  const bots = Number(values.bots);
  if (values.bots === '' || !Number.isInteger(bots) || bots < 0 || bots > MAX_BOTS) {
    return wrong(`--bots takes 0 to ${MAX_BOTS}`, 'observe');
  }
  const prometheusPort = readPort(values.prometheus);
  if (prometheusPort === 'wrong') return wrong('--prometheus takes 0 to 65535', 'observe');
  return { kind: 'run', options: { cluster, bots, prometheusPort } };
}
