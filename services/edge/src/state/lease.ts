import type { EdgeId } from '@partyline/protocol';
import { type EdgeLease, type Registry, RegistryError } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import type { EdgeConfig } from '../config.ts';
import type { EdgeCounters } from '../counters.ts';
import type { FailureLog } from '../failure-log.ts';
import { LEASE_EVERY_MS, REGISTRY_TIMEOUT_MS } from '../limits.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { within } from '../within.ts';

/** How often it is said that another edge has this one's id, in ms. */
const TAKEN_LINE_EVERY_MS = 30_000;
/**
 * At start another boot's lease is waited for: after a crash the former process's lease of the same id lives on
 * for its time. In ms.
 */
const WAIT_FOR_FORMER_MS = 6_500;

export interface LeaseServices {
  registry: Registry;
  rooms: Rooms;
  clock: Clock;
  counters: EdgeCounters;
  failures: FailureLog;
  log: Logger;
  connections: () => number;
  load: () => number;
  /** The registry has lost its state, or is back after it was away: everything is to be told anew. */
  onRegistryLost: () => void;
}

/** Another edge of the same id is alive. */
class EdgeIdTakenError extends Error {
  override name = 'EdgeIdTakenError';
  constructor(edge: string) {
    super(
      `another edge called "${edge}" is alive: give each edge a PARTYLINE_EDGE_ID of its own, such as its pod name`,
    );
  }
}

/** Tells the registry each second that this edge lives and what is on it. */
export class Lease {
  readonly #config: Pick<EdgeConfig, 'edgeId' | 'region' | 'publicUrl' | 'revision' | 'maxConnections'>;
  readonly #boot: string;
  readonly #services: LeaseServices;
  readonly #startedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<'renewed' | 'failed' | 'taken'> | undefined;
  #again = false;
  #failing = false;
  #incarnation: string | undefined;
  #takenLineAtMs = Number.NEGATIVE_INFINITY;
  #draining = false;

  constructor(config: EdgeConfig, boot: string, services: LeaseServices) {
    this.#config = config;
    this.#boot = boot;
    this.#services = services;
    this.#startedAt = services.clock.now();
  }

  /** Since when the registry has taken every renewal, epoch ms; undefined while it does not. */
  contactSinceMs: number | undefined;

  /** Whether anybody is placed here; a change is told at once. */
  set draining(draining: boolean) {
    if (this.#draining === draining) return;
    this.#draining = draining;
    if (this.#timer === undefined) return;
    if (this.#renewing !== undefined) this.#again = true;
    else void this.#renew();
  }

  /**
   * Resolves when the lease has been there for the first time, or the registry could not be asked.
   * @throws EdgeIdTakenError when another edge of the same id goes on renewing its lease
   */
  async start(): Promise<void> {
    const endsAtMs = performance.now() + WAIT_FOR_FORMER_MS;
    for (;;) {
      const outcome = await this.#renew();
      if (outcome !== 'taken') break;
      if (performance.now() > endsAtMs) throw new EdgeIdTakenError(this.#config.edgeId);
      await new Promise((resolve) => setTimeout(resolve, LEASE_EVERY_MS / 2));
    }
    this.#timer = setInterval(() => void this.#renew(), LEASE_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#again = false;
    // One that is under way must not arrive after the end.
    await this.#renewing;
    try {
      await within(
        this.#services.registry.dropLease(this.#config.edgeId as EdgeId, this.#boot),
        REGISTRY_TIMEOUT_MS,
      );
    } catch (error) {
      this.#services.failures.report(error, 'The lease could not be ended; it runs out by itself.');
    }
  }

  /** One at a time: a registry that is slow is not asked more and more. */
  #renew(): Promise<'renewed' | 'failed' | 'taken'> {
    this.#renewing ??= this.#ask().finally(() => {
      this.#renewing = undefined;
      if (!this.#again) return;
      this.#again = false;
      void this.#renew();
    });
    return this.#renewing;
  }

  async #ask(): Promise<'renewed' | 'failed' | 'taken'> {
    const { registry, counters, clock } = this.#services;
    try {
      const { incarnation } = await within(registry.renewLease(this.#lease()), REGISTRY_TIMEOUT_MS);
      counters.leaseRenewals += 1;
      this.contactSinceMs ??= clock.now();
      this.#heard(incarnation);
      return 'renewed';
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** What was told while it was away it has not heard; what it forgot it has to be told again. */
  #heard(incarnation: string): void {
    const { counters, log, onRegistryLost } = this.#services;
    const isLost = this.#incarnation !== undefined && this.#incarnation !== incarnation;
    const isBack = this.#failing && this.#incarnation !== undefined;
    const isFirst = this.#failing && this.#incarnation === undefined;
    this.#incarnation = incarnation;
    this.#failing = false;
    if (!isLost && !isBack && !isFirst) return;
    counters.registryReturns += 1;
    log.info(
      isLost
        ? 'The registry had lost its state: everything is told to it anew.'
        : 'The registry is back: everything is told to it anew.',
    );
    onRegistryLost();
  }

  #failed(error: unknown): 'failed' | 'taken' {
    const { failures, counters, log, clock } = this.#services;
    this.contactSinceMs = undefined;
    if (error instanceof RegistryError && error.code === 'edge_id_taken') {
      counters.edgeIdTaken += 1;
      const nowMs = clock.now();
      // At start it may be the former process's own, which runs out by itself.
      if (this.#timer !== undefined && nowMs - this.#takenLineAtMs >= TAKEN_LINE_EVERY_MS) {
        this.#takenLineAtMs = nowMs;
        log.error(
          { edge: this.#config.edgeId },
          'Another edge has the same PARTYLINE_EDGE_ID: nobody is placed here until each has its own.',
        );
      }
      return 'taken';
    }
    this.#failing = true;
    failures.report(error, 'The lease could not be renewed; calls go on.');
    return 'failed';
  }

  #lease(): EdgeLease {
    const { edgeId, region, publicUrl, revision, maxConnections } = this.#config;
    return {
      edge: edgeId as EdgeId,
      boot: this.#boot,
      region,
      url: publicUrl,
      revision,
      startedAt: this.#startedAt,
      draining: this.#draining,
      connections: this.#services.connections(),
      maxConnections,
      load: this.#services.load(),
      rooms: this.#services.rooms.all.size,
    };
  }
}
