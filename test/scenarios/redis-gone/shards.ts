import { roomChannel } from '@partyline/bus';
import { keySlot } from '@partyline/redis';
import type { RedisCluster, RedisServer } from '@partyline/redis/server';
import type { System } from '../../support/system.ts';
import { until } from '../../support/wait.ts';

/** A sharded channel that somebody has subscribed, and where it is. */
export interface Shard {
  channel: string;
  slot: number;
  cluster: RedisCluster;
  /** Index of its master. */
  owner: number;
}

const subscribed = async (server: RedisServer, pattern: string): Promise<string[]> =>
  (await server.command('PUBSUB', 'SHARDCHANNELS', pattern)) as string[];

const find = async (system: System, region: string, pattern: string): Promise<Shard> => {
  const cluster = system.cluster.redis.get(region)?.cluster;
  if (cluster === undefined) throw new Error(`${region} has no Redis Cluster`);
  let found: Shard | undefined;
  await until(`somebody to subscribe ${pattern}`, async () => {
    for (const [owner, master] of cluster.masters.entries()) {
      const [channel] = await subscribed(master, pattern);
      if (channel !== undefined) found = { channel, slot: keySlot(channel), cluster, owner };
    }
    return found !== undefined;
  });
  return found!;
};

/** The first of an edge's two inboxes, which is in use while nothing is wrong with it. */
export const inboxShard = (system: System, edge: string): Promise<Shard> => {
  const { region } = system.cluster.edge(edge);
  return find(system, region, `*:${region}:inbox-a:${edge}:*`);
};

/** Waits until a master takes commands: one that comes back keeps its slots to itself for two seconds. */
export const untilTaking = async ({ cluster, owner }: Shard): Promise<void> =>
  until('a master to take commands', async () =>
    String(await cluster.masters[owner]!.command('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );

/** The channel of a room with many edges in a region. */
export const roomShard = (system: System, region: string, room: string): Promise<Shard> =>
  find(system, region, roomChannel({ prefix: 'partyline', region }, room));
