import { type Bus, RedisBus, RegionalBus } from '@partyline/bus';
import { OutageLog } from '@partyline/redis';
import { ClusterRegistry, type Registry } from '@partyline/registry';
import type { Clock, Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import type { EdgeProcessConfig } from '../config.ts';

/** What an edge shares with other processes; as a component, its connections. */
export interface Engines extends Component {
  registry: Registry;
  /** The registry's connections, by what they go to. */
  clusterRegistry: ClusterRegistry;
  /** Carries voice. */
  mediaBus: Bus;
  /** Carries what edges and directories tell each other, on connections of its own. */
  controlBus: Bus;
}

/** The wirings that a test puts in between. */
export interface EngineWraps {
  wrapBus?: (bus: Bus, carries: 'media' | 'control') => Bus;
  wrapRegistry?: (registry: Registry) => Registry;
}

/** Connects to Redis once started; a Redis that is away is tried on, one that cannot be used is an error. */
export const createEngines = (
  config: EdgeProcessConfig,
  wraps: EngineWraps,
  { log: processLog, clock }: { log: Logger; clock: Clock },
): Engines => {
  // One line for a server, not one for each of five connections.
  const log = new OutageLog({ log: processLog, clock });
  const { edgeId, region, redisUrl, busUrl, redisRegions, busRegions, controlRedisUrl, redisPrefix } = config;
  const ownBus = busUrl ?? redisUrl;
  if (redisUrl === undefined || ownBus === undefined) throw new Error('PARTYLINE_REDIS_URL is required.');
  const clusterRegistry = new ClusterRegistry(
    {
      region,
      name: edgeId,
      prefix: redisPrefix,
      // What the state is bounded by is the directories' to say; an edge only adds to what they have made.
      limits: {},
      own: redisUrl,
      others: redisRegions,
      control: controlRedisUrl,
    },
    { log, clock },
  );
  const regional: RegionalBus[] = [];
  const connectBus = (carries: 'media' | 'control'): Bus => {
    const name = `${edgeId}-${carries}`;
    const bus = new RegionalBus({
      region,
      own: new RedisBus({ target: ownBus, name }, { log }),
      connect: (other) => {
        const target = busRegions.get(other) ?? redisRegions.get(other);
        return target && new RedisBus({ target, name }, { log });
      },
    });
    regional.push(bus);
    return wraps.wrapBus?.(bus, carries) ?? bus;
  };
  // Connecting over an ocean takes half a second, which would be somebody's first words.
  const prepareRegions = (): void => {
    for (const other of new Set([...redisRegions.keys(), ...busRegions.keys()])) {
      for (const bus of regional) void bus.prepare(other).catch(() => undefined);
    }
  };
  const mediaBus = connectBus('media');
  const controlBus = connectBus('control');
  const registry = wraps.wrapRegistry?.(clusterRegistry.registry) ?? clusterRegistry.registry;
  return {
    name: 'Redis',
    registry,
    clusterRegistry,
    mediaBus,
    controlBus,
    start: async () => {
      await Promise.all([clusterRegistry.start(), mediaBus.start(), controlBus.start()]);
      prepareRegions();
    },
    stop: async () => {
      clusterRegistry.stop();
      await Promise.all([mediaBus.stop(), controlBus.stop()]);
    },
  };
};
