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
/** How often it is looked whether an edge of another region has this one's id, in ms. */
const LOOK_EVERY_MS = 30_000;
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
  /** The registry answers. */
  onRenewed: () => void;
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
  #open = false;
  #failing = false;
  #incarnation: string | undefined;
  #takenLineAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
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
   * Resolves when the lease has been there for the first time, or the registry could not be asked. Nobody is placed
   * here before {@link Lease.open}.
   * @throws EdgeIdTakenError when another edge of the same id goes on renewing its lease
   */
  async start(): Promise<void> {
    const endsAtMs = performance.now() + WAIT_FOR_FORMER_MS;
    for (;;) {
      const outcome = await this.#renew();
      if (outcome === 'failed' || (outcome === 'renewed' && !(await this.#mustGiveWay()))) break;
      if (performance.now() > endsAtMs) throw new EdgeIdTakenError(this.#config.edgeId);
      await new Promise((resolve) => setTimeout(resolve, LEASE_EVERY_MS / 2));
    }
    this.#timer = setInterval(() => void this.#renew(), LEASE_EVERY_MS);
  }

  /** Clients can connect: they may be placed here from now on. */
  async open(): Promise<void> {
    this.#open = true;
    // One that is under way says that nobody is to be placed here.
    await this.#renewing;
    await this.#renew();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#again = false;
    // One that is under way must not arrive after the end.
    await this.#renewing;
    await this.#drop();
  }

  async #drop(): Promise<void> {
    try {
      await within(
        this.#services.registry.dropLease(this.#config.edgeId as EdgeId, this.#boot),
        REGISTRY_TIMEOUT_MS,
      );
    } catch (error) {
      this.#services.failures.report(error, 'The lease could not be ended; it runs out by itself.');
    }
  }

  /**
   * Whether an edge of another region has this one's id; then the lease is ended again. Each is looked for once the own
   * lease is there, so that of two that start at once one finds the other.
   */
  async #mustGiveWay(): Promise<boolean> {
    const other = await this.#namesake();
    if (other === undefined) return false;
    const isOpen = other.maxConnections > 0;
    const isOlder =
      other.startedAt < this.#startedAt || (other.startedAt === this.#startedAt && other.boot < this.#boot);
    if (!isOpen && !isOlder) return false;
    await this.#drop();
    return true;
  }

  /** Another edge with this one's id, where one region cannot refuse it: in another. */
  async #namesake(): Promise<EdgeLease | undefined> {
    this.#lookedAtMs = this.#services.clock.now();
    const edges = await within(this.#services.registry.edges(true), REGISTRY_TIMEOUT_MS).catch(() => []);
    return edges.find(({ edge, boot }) => edge === this.#config.edgeId && boot !== this.#boot);
  }

  /** Regions that could not be asked at the start are looked at later; calls are not ended for it. */
  async #lookForNamesake(): Promise<void> {
    const other = await this.#namesake();
    if (other !== undefined) this.#taken({ region: other.region });
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
      const nowMs = clock.now();
      this.contactSinceMs ??= nowMs;
      this.#heard(incarnation);
      this.#services.onRenewed();
      if (this.#open && nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) void this.#lookForNamesake();
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
    this.contactSinceMs = undefined;
    if (error instanceof RegistryError && error.code === 'edge_id_taken') {
      this.#taken({});
      return 'taken';
    }
    this.#failing = true;
    this.#services.failures.report(error, 'The lease could not be renewed; calls go on.');
    return 'failed';
  }

  #taken(where: { region?: string }): void {
    const { counters, log, clock } = this.#services;
    counters.edgeIdTaken += 1;
    const nowMs = clock.now();
    // At start it may be the former process's own, which runs out by itself.
    if (this.#timer === undefined || nowMs - this.#takenLineAtMs < TAKEN_LINE_EVERY_MS) return;
    this.#takenLineAtMs = nowMs;
    log.error(
      { edge: this.#config.edgeId, ...where },
      where.region === undefined
        ? 'Another edge has the same PARTYLINE_EDGE_ID: nobody is placed here until each has its own.'
        : `Another edge, in region ${where.region}, has the same PARTYLINE_EDGE_ID: give each edge its own.`,
    );
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
      // An edge without room is never chosen.
      maxConnections: this.#open ? maxConnections : 0,
      load: this.#services.load(),
      rooms: this.#services.rooms.all.size,
    };
  }
}
