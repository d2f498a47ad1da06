import { createRedis, type RedisClient, type RedisLog, type RedisTarget } from '@partyline/redis';
import type { Component } from '@partyline/runtime';
import type { EventLog } from './event-log.ts';
import type { RegistryLimits } from './limits.ts';
import { RedisEventLog } from './redis/redis-event-log.ts';
import { RedisRegistry } from './redis/redis-registry.ts';
import { RedisRoomRegions } from './regional/redis-room-regions.ts';
import { RegionalRegistry } from './regional/regional-registry.ts';
import type { Registry } from './registry.ts';

/** The longest that a start waits for other regions, in ms: what is asked first should not find them unconnected. */
const WARM_MS = 1_000;

export interface ClusterRegistryOptions {
  region: string;
  /** Who connects, such as an edge's id. */
  name: string;
  /** Stands before every key. */
  prefix: string;
  limits: Partial<RegistryLimits>;
  /** The own region's Redis. */
  own: RedisTarget;
  /** Of every other region; an entry of the own region is ignored. */
  others: ReadonlyMap<string, RedisTarget>;
  /** Which regions a room is in; needed with two regions or more. */
  control: RedisTarget | undefined;
}

export interface ClusterRegistryDeps {
  log: RedisLog;
  clock: { now(): number };
}

/**
 * The registry of a cluster, with the connections that it takes: to the own region's Redis and the control Redis
 * from the start, and to other regions', which are waited for only briefly.
 */
export class ClusterRegistry implements Component {
  readonly name = 'registry';
  readonly registry: RegionalRegistry;
  /** The own region's part. */
  readonly own: RedisRegistry;
  /** What happens in the own region. */
  readonly events: EventLog & { readonly stats: Readonly<{ dropped: number }> };
  readonly #options: ClusterRegistryOptions;
  readonly #deps: ClusterRegistryDeps;
  readonly #clients = new Map<string, RedisClient>();
  #isStopped = false;

  constructor(options: ClusterRegistryOptions, deps: ClusterRegistryDeps) {
    const { region, prefix, limits, own, others, control } = options;
    const { clock } = deps;
    this.#options = options;
    this.#deps = deps;
    const client = this.#client(region, own, 'state');
    this.own = new RedisRegistry({ prefix, region, limits }, { redis: client.redis, clock });
    this.events = new RedisEventLog({ prefix, region }, { redis: client.redis });
    const rest = [...others].filter(([name]) => name !== region);
    const controlRedis = control && this.#client('control', control, 'control').redis;
    this.registry = new RegionalRegistry(
      { region, ...(limits.retentionMs !== undefined && { retentionMs: limits.retentionMs }) },
      {
        own: this.own,
        contactSinceMs: () => this.own.contactSinceMs,
        others: new Map(rest.map(([name, target]) => [name, () => this.#open(name, target)])),
        ...(controlRedis && { control: new RedisRoomRegions({ prefix }, { redis: controlRedis, clock }) }),
        clock,
      },
    );
  }

  /** The own one first. */
  get regions(): string[] {
    return [this.#options.region, ...this.registry.remotes.keys()];
  }

  /** Connections by what they go to: a region's name, or `control`. */
  get clients(): ReadonlyMap<string, RedisClient> {
    return this.#clients;
  }

  /**
   * Also when Redis is away: it is then tried on.
   * @throws RedisError when it answers but cannot be used, such as with a wrong password
   */
  async start(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.start()));
    let timer: NodeJS.Timeout | undefined;
    const overrun = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WARM_MS);
    });
    await Promise.race([this.registry.warm(), overrun]);
    clearTimeout(timer);
  }

  /** To be called once a second by directories: see {@link RedisRegistry.sweep}. Nobody waits for what other regions bring back. */
  async sweep(): Promise<void> {
    await this.own.sweep();
    void this.registry.repair.step(this.own.contactSinceMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.registry.stop();
    for (const client of this.#clients.values()) client.stop();
  }

  async #open(region: string, target: RedisTarget): Promise<Registry> {
    const { prefix, limits } = this.#options;
    const client = this.#client(region, target, `state of ${region}`);
    // Somebody still asked while everything was being stopped.
    if (this.#isStopped) client.stop();
    // What is wrong with it is logged, and it is asked again later.
    await client.start().catch(() => undefined);
    return new RedisRegistry({ prefix, region, limits }, { redis: client.redis, clock: this.#deps.clock });
  }

  #client(key: string, target: RedisTarget, role: string): RedisClient {
    const client = createRedis(target, { name: this.#options.name, role }, this.#deps);
    this.#clients.set(key, client);
    return client;
  }
}
