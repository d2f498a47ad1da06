import type { ClusterOptions } from '@partyline/cluster';
import type { System } from '../system.ts';
import { ip, namespacesWork } from './ip.ts';
import { ProxyWan } from './proxy-wan.ts';
import type { Wan } from './wan.ts';
import { Wire } from './wire.ts';

/** An edge that is reached, and reaches everything itself, by a line that can be cut without a word to either side. */
export interface EdgeApart {
  /** For the cluster that it belongs to. */
  cluster: ClusterOptions;
  /** For people. */
  means: 'a wire to a network namespace' | 'proxies';
  line: Pick<Wan, 'cut' | 'heal'>;
  /** To be called once the cluster runs, before anybody is there. */
  prepare(system: System): Promise<void>;
}

const REGIONS = ['eu', 'us'];
const OF_EACH = { edges: 2, directories: 1 };

/**
 * Two regions, of which one edge is apart.
 * @param means as real as this machine allows unless given
 */
export const withEdgeApart = async <T>(
  { edge, means }: { edge: string; means?: 'proxies' | undefined },
  use: (apart: EdgeApart) => Promise<T>,
): Promise<T> =>
  means === undefined && (await namespacesWork()) ? inNamespace(edge, use) : behindProxies(edge, use);

/** Everything else listens at this side's end of the wire. */
const inNamespace = async <T>(edge: string, use: (apart: EdgeApart) => Promise<T>): Promise<T> => {
  const { pid } = process;
  const here = { namespace: `pl${pid}here`, address: `10.78.${pid % 200}.1` };
  const there = { namespace: `pl${pid}apart`, address: `10.78.${pid % 200}.2` };
  await ip('netns', 'attach', here.namespace, String(pid));
  await ip('netns', 'add', there.namespace);
  let line: Wire | undefined;
  try {
    await ip('-n', there.namespace, 'link', 'set', 'lo', 'up');
    line = await Wire.start(here, there, `plwire${pid % 100_000}`);
    return await use({
      cluster: {
        regions: REGIONS.map((name) => ({ name, ...OF_EACH, host: here.address })),
        edgeHosts: {
          [edge]: { host: there.address, launcher: ['ip', 'netns', 'exec', there.namespace] },
        },
      },
      means: 'a wire to a network namespace',
      line,
      prepare: async () => undefined,
    });
  } finally {
    await line?.stop();
    // The name alone: this process goes on living there.
    await ip('netns', 'delete', here.namespace).catch(() => undefined);
    await ip('netns', 'delete', there.namespace).catch(() => undefined);
  }
};

/** Connections end at proxies, which forward nothing once the line is cut. */
const behindProxies = async <T>(edge: string, use: (apart: EdgeApart) => Promise<T>): Promise<T> => {
  const line = new ProxyWan();
  const through = async (url: string): Promise<string> => {
    const { protocol, hostname, port, pathname } = new URL(url);
    const path = pathname === '/' ? '' : pathname;
    return `${protocol}//127.0.0.1:${await line.through(Number(port), hostname)}${path}`;
  };
  const prepare = async ({ cluster }: System): Promise<void> => {
    const { member, region, url } = cluster.edge(edge);
    const redisOf = (name: string): Promise<string> => through(cluster.redis.get(name)!.url);
    const others = REGIONS.filter((name) => name !== region);
    const directory = cluster.directories.find((one) => one.region === region)!;
    await member.stop(10_000);
    await member.start({
      PARTYLINE_EDGE_URL: await through(`${url}/v1/ws`),
      PARTYLINE_DIRECTORY_URLS: await through(directory.url),
      PARTYLINE_REDIS_URL: await redisOf(region),
      PARTYLINE_REDIS_REGIONS: (
        await Promise.all(others.map(async (name) => `${name}=${await redisOf(name)}`))
      ).join(';'),
      PARTYLINE_CONTROL_REDIS_URL: await redisOf(REGIONS[0]!),
    });
  };
  try {
    const cluster = { regions: REGIONS.map((name) => ({ name, ...OF_EACH })) };
    return await use({ cluster, means: 'proxies', line, prepare });
  } finally {
    await line.stop();
  }
};
