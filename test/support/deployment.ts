import { randomBytes } from 'node:crypto';
import { Cluster, type ClusterOptions } from '@partyline/cluster';
import { generateTicketKey } from '@partyline/tokens';
import { type Program, serve } from './program.ts';

/** What the system under test is made of: `one` process, 4 edges in 2 regions, or the same on Redis Clusters. */
export const SHAPES = ['one', 'cluster', 'redis-cluster'] as const;
export type Shape = (typeof SHAPES)[number];

/** One of several edges. */
export interface EdgePlace {
  id: string;
  region: string;
  /** Where clients reach it: ws://, no path. */
  url: string;
  opsUrl: string;
}

/** A deployment that a scenario talks to, however many processes it is. */
export interface Deployment {
  /** Addresses of the API. */
  apiUrls: readonly string[];
  /** Addresses of the operations ports. */
  opsUrls: readonly string[];
  /** All of them; empty where there is only one edge. */
  edges: readonly EdgePlace[];
  apiKey: { id: string; secret: string };
  /** PEM of the key that tickets are signed with. */
  ticketKey: string;
  /** Set unless it is one process. */
  cluster: Cluster | undefined;
  running(): boolean;
  /** What its processes wrote lately, each apart. */
  output(): string[];
  stop(): Promise<void>;
}

export interface DeploymentOptions {
  shape: Shape;
  env?: Readonly<Record<string, string>>;
  inspected?: boolean;
  /** Further options of a cluster. */
  cluster?: ClusterOptions;
}

/** The page's address, and that of the operations port. */
const READY = /is ready: (\S+)[\s\S]*?(http:\S+)\/metrics/;

/** @throws Error with the output, when nothing is served in time */
export const deploy = (options: DeploymentOptions): Promise<Deployment> =>
  options.shape === 'one' ? oneProcess(options) : cluster(options);

const INSPECT = ['--inspect=127.0.0.1:0'];

const oneProcess = async ({ env, inspected }: DeploymentOptions): Promise<Deployment> => {
  const apiKey = { id: 'scenario', secret: randomBytes(32).toString('base64url') };
  const ticketKey = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();
  const program: Program = serve([], {
    env: { PARTYLINE_API_KEYS: `${apiKey.id}:${apiKey.secret}`, PARTYLINE_TICKET_KEY: ticketKey, ...env },
    ...(inspected === true && { nodeFlags: INSPECT }),
  });
  const served = await program.prints(READY, 30_000).catch(async (error: unknown) => {
    await program.stop();
    throw error;
  });
  const [, url, opsUrl] = served as unknown as [string, string, string];
  return {
    apiUrls: [url],
    opsUrls: [opsUrl],
    edges: [],
    apiKey,
    ticketKey,
    cluster: undefined,
    running: () => program.running,
    output: () => [program.output],
    stop: () => program.stop(),
  };
};

const cluster = async ({ shape, env, inspected, cluster: more }: DeploymentOptions): Promise<Deployment> => {
  const running = await Cluster.start({
    redis: shape === 'redis-cluster' ? 'cluster' : 'single',
    ...more,
    env: { PARTYLINE_LOG_LEVEL: 'warn', ...more?.env, ...env },
    ...(inspected === true && { nodeFlags: INSPECT }),
  });
  return {
    apiUrls: running.directories.map(({ url }) => url),
    opsUrls: running.members.map(({ opsUrl }) => opsUrl),
    edges: running.edges.map(({ id, region, url, member }) => ({ id, region, url, opsUrl: member.opsUrl })),
    apiKey: running.apiKey,
    ticketKey: running.ticketKey,
    cluster: running,
    running: () => running.members.every((member) => member.running),
    output: () => running.members.map(({ name, lines }) => `${name}:\n${lines.join('\n')}`),
    stop: () => running.stop(),
  };
};
