import type { EdgeId } from '@partyline/protocol';
import type { EdgeLease, Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { EdgeConfig } from '../config.ts';
import type { EdgeCounters } from '../counters.ts';
import type { FailureLog } from '../failure-log.ts';
import { REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { within } from '../within.ts';

const RENEW_EVERY_MS = 1_000;

export interface LeaseServices {
  registry: Registry;
  rooms: Rooms;
  clock: Clock;
  counters: EdgeCounters;
  failures: FailureLog;
  connections: () => number;
  load: () => number;
}

/** Tells the registry each second that this edge lives and what is on it. */
export class Lease {
  readonly #config: Pick<EdgeConfig, 'edgeId' | 'region' | 'publicUrl' | 'revision' | 'maxConnections'>;
  readonly #boot: string;
  readonly #services: LeaseServices;
  readonly #startedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #renewing = false;
  draining = false;

  constructor(config: EdgeConfig, boot: string, services: LeaseServices) {
    this.#config = config;
    this.#boot = boot;
    this.#services = services;
    this.#startedAt = services.clock.now();
  }

  /** Resolves when the lease has been there for the first time, or could not be got. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#renew(), RENEW_EVERY_MS);
    await this.#renew();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    try {
      await within(
        this.#services.registry.dropLease(this.#config.edgeId as EdgeId, this.#boot),
        REGISTRY_TIMEOUT_MS,
      );
    } catch (error) {
      this.#services.failures.report(error, 'The lease could not be ended; it runs out by itself.');
    }
  }

  async #renew(): Promise<void> {
    // One at a time: a registry that is slow is not asked more and more.
    if (this.#renewing) return;
    this.#renewing = true;
    try {
      await within(this.#services.registry.renewLease(this.#lease()), REGISTRY_TIMEOUT_MS);
      this.#services.counters.leaseRenewals += 1;
    } catch (error) {
      this.#services.failures.report(error, 'The lease could not be renewed; calls go on.');
    }
    this.#renewing = false;
  }

  #lease(): EdgeLease {
    const { edgeId, region, publicUrl, revision, maxConnections } = this.#config;
    const rooms: Record<string, number> = {};
    for (const [name, room] of this.#services.rooms.all) rooms[name] = room.members.size;
    return {
      edge: edgeId as EdgeId,
      boot: this.#boot,
      region,
      url: publicUrl,
      revision,
      startedAt: this.#startedAt,
      draining: this.draining,
      connections: this.#services.connections(),
      maxConnections,
      load: this.#services.load(),
      rooms,
    };
  }
}
