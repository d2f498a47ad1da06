import { randomBytes } from 'node:crypto';
import type { EdgeId } from '@partyline/protocol';
import { type EdgeLease, type LeaseRenewal, RegistryError } from '../registry.ts';
import { escaped, list, readText, texts } from './encoding.ts';
import type { Keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

export interface Survey {
  /** Empty before the first edge came. */
  incarnation: string;
  /** Whether all shards were seen in it. */
  isSurveyed: boolean;
  /** Edge → boot, of living leases. */
  boots: ReadonlyMap<string, string>;
}

export interface RedisLeasesOptions {
  maxEdges: number;
  /** A lease is dead this long after its last renewal, in ms. */
  ttlMs: number;
}

export interface RedisLeasesDeps {
  keys: Keys;
  scripts: Scripts;
  clock: { now(): number };
}

/** Who is alive. Redis lets leases expire by its own clock; nobody else's counts. */
export class RedisLeases {
  readonly #maxEdges: number;
  readonly #ttlMs: number;
  readonly #keys: Keys;
  readonly #scripts: Scripts;
  readonly #clock: { now(): number };

  constructor({ maxEdges, ttlMs }: RedisLeasesOptions, { keys, scripts, clock }: RedisLeasesDeps) {
    this.#maxEdges = maxEdges;
    this.#ttlMs = ttlMs;
    this.#keys = keys;
    this.#scripts = scripts;
    this.#clock = clock;
  }

  async renew(lease: EdgeLease): Promise<LeaseRenewal> {
    const { edge, boot, region, draining, connections } = lease;
    const [outcome, incarnation] = texts(
      await this.#scripts.run('renewLease', this.#keysOf(edge), [
        edge,
        escaped(boot),
        JSON.stringify(region),
        JSON.stringify(lease),
        this.#ttlMs,
        this.#maxEdges,
        randomText(),
        randomText(),
        Math.floor(this.#clock.now()),
        draining ? 1 : 0,
        connections === 0 ? 1 : 0,
        this.#keys.leasePrefix,
      ]),
    );
    if (outcome === 'edge_id_taken') {
      throw new RegistryError(
        'edge_id_taken',
        `Another edge is running under the id ${edge}: give each its own, or wait ${this.#ttlMs / 1_000} s for one that has died.`,
      );
    }
    if (outcome === 'too_many_edges') {
      throw new RegistryError('too_many_edges', `A registry holds at most ${this.#maxEdges} edges.`);
    }
    return { incarnation: incarnation! };
  }

  async drop(edge: EdgeId, boot: string): Promise<void> {
    const nowMs = Math.floor(this.#clock.now());
    await this.#scripts.run('dropLease', this.#keysOf(edge), [edge, escaped(boot), nowMs]);
  }

  /** Ordered by edge id. */
  async live(): Promise<EdgeLease[]> {
    const reply = await this.#scripts.run('edges', this.#keys.edges, [this.#keys.leasePrefix]);
    const leases = texts(reply).map((record) => JSON.parse(record) as EdgeLease);
    return leases.sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }

  /** Boots of those edges of the given ones whose lease lives. */
  async bootsOf(edges: readonly EdgeId[]): Promise<ReadonlyMap<EdgeId, string>> {
    const boots = new Map<EdgeId, string>();
    if (edges.length === 0) return boots;
    const keys = edges.map((edge) => this.#keys.lease(edge));
    const values = await this.#scripts.command((redis) => redis.mget(...keys));
    for (const [index, value] of values.entries()) {
      if (value !== null) boots.set(edges[index]!, readText(value.split('\t', 1)[0]));
    }
    return boots;
  }

  async survey(): Promise<Survey> {
    const reply = await this.#scripts.run('survey', this.#keys.edges, [this.#keys.leasePrefix]);
    const [incarnation, isSurveyed, leases] = list(reply);
    const fields = texts(leases);
    const boots = new Map<string, string>();
    for (let index = 0; index + 1 < fields.length; index += 2) {
      boots.set(fields[index]!, readText(fields[index + 1]));
    }
    return { incarnation: String(incarnation), isSurveyed: isSurveyed === 1, boots };
  }

  /** All shards were seen in this incarnation: one that is found empty later was lost. */
  async noteSurveyed(incarnation: string): Promise<void> {
    await this.#scripts.run('surveyed', this.#keys.edges, [incarnation]);
  }

  /** The edge learns at its next renewal that it has to tell everything anew. */
  async tellAnew(edge: EdgeId, boot: string): Promise<void> {
    await this.#scripts.run('tellAnew', this.#keysOf(edge), [escaped(boot), randomText()]);
  }

  /** All edges learn it. */
  async tellAllAnew(): Promise<void> {
    await this.#scripts.run('tellAllAnew', this.#keys.edges, [randomText()]);
  }

  #keysOf(edge: EdgeId): string[] {
    return [...this.#keys.edges, this.#keys.lease(edge)];
  }
}

const randomText = (): string => randomBytes(9).toString('base64url');
