import type { ClusterOptions } from '@partyline/cluster';
import { namespacesWork } from './ip.ts';
import { Namespaces } from './namespaces.ts';
import { ProxyWan } from './proxy-wan.ts';
import type { Wan } from './wan.ts';

export interface TwoRegions {
  /** For the cluster that is to run in them. */
  cluster: ClusterOptions;
  wan: Wan;
  /** For people. */
  means: 'a wire between network namespaces' | 'delaying proxies';
}

export interface TwoRegionsOptions {
  /** As real as possible unless given. */
  means?: 'delaying proxies';
  /** Edges of `eu` and of `us`; two each unless given. */
  edges?: readonly [number, number];
}

/** Two regions with a line between them, as real as this machine allows; taken down afterwards. */
export const withTwoRegions = async <T>(
  { edges: [near, far] = [2, 2], means }: TwoRegionsOptions,
  use: (regions: TwoRegions) => Promise<T>,
): Promise<T> => {
  if (means === undefined && (await namespacesWork())) {
    const network = await Namespaces.start(['eu', 'us']);
    try {
      const regions = network.regions.map(({ name, address, wanAddress, enter }) => ({
        name,
        edges: name === 'eu' ? near : far,
        directories: 1,
        host: address,
        wanHost: wanAddress,
        launcher: enter,
      }));
      return await use({ cluster: { regions }, wan: network, means: 'a wire between network namespaces' });
    } finally {
      await network.stop();
    }
  }
  const wan = new ProxyWan();
  const regions = [
    { name: 'eu', edges: near, directories: 1 },
    { name: 'us', edges: far, directories: 1 },
  ];
  try {
    const cluster = { regions, wanPort: (port: number) => wan.through(port) };
    return await use({ cluster, wan, means: 'delaying proxies' });
  } finally {
    await wan.stop();
  }
};
