import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { ClusterOptions, RegionOptions } from './options.ts';

export const helpText = `
npm run cluster -- [options]

Runs a whole cluster on this machine: Redis servers, directories, edges and the page. Needs redis-server.

  --regions eu,us   names of the regions; each has a Redis of its own
  --edges 2         edges of each region
  --directories 1   directories of each region
  --recorders 0     recorders of each region; they keep what they record in PARTYLINE_RECORDINGS
  --redis single    what each region has: single, cluster (three masters) or sentinel
  --port 8080       of the first directory, which serves the page; 0 lets the system choose

Settings of the edges, directories and recorders (PARTYLINE_…, see docs/configuration.md) are passed on. Ctrl-C stops all.
`;

export interface ClusterCommand {
  regions: RegionOptions[];
  /** In all regions together. */
  edges: number;
  directories: number;
  redis: NonNullable<ClusterOptions['redis']>;
  port: number | undefined;
}

export type CommandLine =
  | { kind: 'run'; options: ClusterCommand }
  | { kind: 'help' }
  | { kind: 'wrong'; message: string };

const REDIS = ['single', 'cluster', 'sentinel'] as const;
const REGION = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** Words that start a cluster, whatever else is started with it. */
export const CLUSTER_WORDS = {
  regions: { type: 'string', default: 'eu,us' },
  edges: { type: 'string', default: '2' },
  directories: { type: 'string', default: '1' },
  recorders: { type: 'string', default: '0' },
  redis: { type: 'string', default: 'single' },
  port: { type: 'string', default: '8080' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = Record<string, string | boolean | undefined>;

/** Reads the words after `npm run cluster --`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = readWords(args, CLUSTER_WORDS);
  if (typeof values === 'string') return wrong(values, 'cluster');
  if (values.help === true) return { kind: 'help' };
  const options = clusterCommand(values);
  return typeof options === 'string' ? wrong(options, 'cluster') : { kind: 'run', options };
}

/** @returns the words' values, or what is wrong */
export function readWords(
  args: readonly string[],
  words: NonNullable<ParseArgsConfig['options']>,
): Values | string {
  try {
    return parseArgs({ args: [...args], options: words }).values as Values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns what to start, or what is wrong */
export function clusterCommand(values: Values): ClusterCommand | string {
  const names = String(values.regions).split(',');
  const edges = Number(values.edges);
  const directories = Number(values.directories);
  const recorders = Number(values.recorders);
  const port = readPort(values.port);
  const redis = REDIS.find((kind) => kind === values.redis);
  const isCount = (count: number): boolean => Number.isInteger(count) && count >= 1 && count <= 20;
  if (names.some((name) => !REGION.test(name)) || new Set(names).size !== names.length) {
    return '--regions takes different names of a-z, 0-9 and -, comma between';
  }
  if (!isCount(edges) || !isCount(directories)) return '--edges and --directories take 1 to 20';
  if (recorders !== 0 && !isCount(recorders)) return '--recorders takes 0 to 20';
  if (redis === undefined) return `--redis takes ${REDIS.join(', ')}`;
  if (port === 'wrong') return '--port takes 0 to 65535';
  return {
    regions: names.map((name) => ({ name, edges, directories, ...(recorders > 0 && { recorders }) })),
    edges: edges * names.length,
    directories: directories * names.length,
    redis,
    port,
  };
}

/** @returns undefined for any free port */
export function readPort(text: string | boolean | undefined): number | undefined | 'wrong' {
  const port = Number(text);
  if (text === '' || !Number.isInteger(port) || port < 0 || port > 65_535) return 'wrong';
  return port === 0 ? undefined : port;
}

/** @param command as npm runs it */
export const wrong = (message: string, command: string): { kind: 'wrong'; message: string } => ({
  kind: 'wrong',
  message: `${message.replaceAll('\n', ' ').replace(/\.$/, '')}. See npm run ${command} -- --help.`,
});
