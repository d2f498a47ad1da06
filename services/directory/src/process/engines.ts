import { hostname } from 'node:os';
import { RedisBus, RegionalBus } from '@partyline/bus';
import { OutageLog } from '@partyline/redis';
import { ClusterRegistry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import { type DirectoryProcessConfig, registryLimits } from '../config.ts';

export interface Engines {
  registry: ClusterRegistry;
  bus: RegionalBus;
}

/** The registry and the bus that this process shares with edges and other directories. */
export const createEngines = (
  config: DirectoryProcessConfig,
  { log: processLog, clock }: { log: Logger; clock: Clock },
): Engines => {
  // One line for a server, not one for each of its connections.
  const log = new OutageLog({ log: processLog, clock });
  const { region, redisUrl, busUrl, redisRegions, busRegions, controlRedisUrl, redisPrefix } = config;
  const own = busUrl ?? redisUrl;
  if (redisUrl === undefined || own === undefined) throw new Error('PARTYLINE_REDIS_URL is required.');
  // `CLIENT LIST` shows it.
  const name = `directory-${hostname()}-${process.pid}`;
  const registry = new ClusterRegistry(
    {
      region,
      name,
      prefix: redisPrefix,
      limits: registryLimits(config),
      own: redisUrl,
      others: redisRegions,
      control: controlRedisUrl,
    },
    { log, clock },
  );
  const bus = new RegionalBus({
    region,
    own: new RedisBus({ target: own, name }, { log }),
    connect: (other) => {
      const target = busRegions.get(other) ?? redisRegions.get(other);
      return target && new RedisBus({ target, name }, { log });
    },
  });
  return { registry, bus };
};
