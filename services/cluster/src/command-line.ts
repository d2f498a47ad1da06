import { parseArgs } from 'node:util';
import type { ClusterOptions, RegionOptions } from './options.ts';

export const helpText = `
npm run cluster -- [options]

Runs a whole cluster on this machine: Redis servers, directories, edges and the page. Needs redis-server.

  --regions eu,us   names of the regions; each has a Redis of its own
  --edges 2         edges of each region
  --directories 1   directories of each region
  --redis single    what each region has: single, cluster (three masters) or sentinel
  --port 8080       of the first directory, which serves the page; 0 lets the system choose

Settings of the edges and directories (PARTYLINE_…, see docs/configuration.md) are passed on. Ctrl-C stops all.
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

/** Reads the words after `npm run cluster --`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        regions: { type: 'string', default: 'eu,us' },
        edges: { type: 'string', default: '2' },
        directories: { type: 'string', default: '1' },
        redis: { type: 'string', default: 'single' },
        port: { type: 'string', default: '8080' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) return { kind: 'help' };
  const names = String(values.regions).split(',');
  const edges = Number(values.edges);
  const directories = Number(values.directories);
  const port = Number(values.port);
  const redis = REDIS.find((kind) => kind === values.redis);
  const isCount = (count: number): boolean => Number.isInteger(count) && count >= 1 && count <= 20;
  if (names.some((name) => !REGION.test(name)) || new Set(names).size !== names.length) {
    return wrong('--regions takes different names of a-z, 0-9 and -, comma between');
  }
  if (!isCount(edges) || !isCount(directories)) return wrong('--edges and --directories take 1 to 20');
  if (redis === undefined) return wrong(`--redis takes ${REDIS.join(', ')}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return wrong('--port takes 0 to 65535');
  return {
    kind: 'run',
    options: {
      regions: names.map((name) => ({ name, edges, directories })),
      edges: edges * names.length,
      directories: directories * names.length,
      redis,
      port: port === 0 ? undefined : port,
    },
  };
}

const wrong = (message: string): CommandLine => ({
  kind: 'wrong',
  message: `${message.replace(/\.$/, '')}. See npm run cluster -- --help.`,
});
