import { randomUUID } from 'node:crypto';
import type { AnsweredOrder, ControlPlane } from '@partyline/bus';
import type { EdgeLease, Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import {
  byUrgency,
  ClusterTotals,
  type EdgeRow,
  type EdgeState,
  type EdgeStatus,
  parseEdgeStatus,
  regionRows,
  type StatusSnapshot,
} from '@partyline/status';
import { HOP_LATENCY_BUCKETS_SECONDS, type Metrics } from '@partyline/telemetry';

/** Orders `status` that wait for an answer at a time. */
const MAX_IN_FLIGHT = 64;
/** How long one edge may take, in ms. */
const ANSWER_MS = 1_000;
/** How long a round may take before no further edge is asked, in ms. */
const ROUND_MS = 3_000;
/** A round younger than this is everybody's who asks: a little less than the second in which pages ask again. */
const SHARED_FOR_MS = 900;
/** How long an edge that refused is not asked again, in ms: older ones count each order that they do not know as an error. */
const REFUSED_FOR_MS = 10_000;
/** Edges listed one by one. */
const MAX_LISTED = 200;

const AWAY =
  'Nothing is known: the registry does not answer this directory. Calls go on; nobody can join until it is back.';

export interface StatusDeps {
  registry: Pick<Registry, 'edges'>;
  controlPlane: Pick<ControlPlane, 'ask'>;
  metrics: Metrics;
  clock: Clock;
}

/**
 * How the cluster does, for the status page. Edges are asked only when somebody looks, and once for all who look at the same
 * time; nothing runs by itself.
 */
export class Status {
  readonly #regions: readonly string[];
  readonly #deps: StatusDeps;
  readonly #epoch = randomUUID();
  readonly #totals = new ClusterTotals(HOP_LATENCY_BUCKETS_SECONDS);
  /** Until when edges that refused are left alone, by boot. */
  readonly #restsUntilMs = new Map<string, number>();
  #round: Promise<StatusSnapshot> | undefined;
  #last: StatusSnapshot | undefined;

  /** @param regions that the settings name, the own one first */
  constructor(regions: readonly string[], deps: StatusDeps) {
    this.#regions = regions;
    this.#deps = deps;
  }

  /** Never rejects: what cannot be known is said in the snapshot. */
  snapshot(): Promise<StatusSnapshot> {
    const { clock } = this.#deps;
    if (this.#last !== undefined && clock.now() - this.#last.atMs < SHARED_FOR_MS) {
      return Promise.resolve(this.#last);
    }
    this.#round ??= this.#collect().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #collect(): Promise<StatusSnapshot> {
    const { registry, clock } = this.#deps;
    // Of other regions some seconds old: who looks is not worth a question over an ocean each second.
    const leases = await registry.edges().catch(() => undefined);
    const asked = await this.#askAll(leases ?? []);
    const answers = asked.flatMap(({ status }) => (status === undefined ? [] : [status]));
    if (leases !== undefined) {
      this.#totals.take(answers, new Set(leases.map(({ edge }) => edge)));
      const boots = new Set(leases.map(({ boot }) => boot));
      for (const boot of this.#restsUntilMs.keys()) if (!boots.has(boot)) this.#restsUntilMs.delete(boot);
    }
    const rows = asked.map(({ lease, state, status }) => edgeRow(lease, state, status)).sort(byUrgency);
    const { latency, passed, lost } = this.#totals.totals;
    this.#last = {
      epoch: this.#epoch,
      atMs: clock.now(),
      directory: await this.#directory(),
      problem: leases === undefined ? AWAY : undefined,
      boundsSeconds: [...HOP_LATENCY_BUCKETS_SECONDS],
      // Copies, as the totals go on to grow.
      latency: latency.map((series) => ({ ...series, counts: [...series.counts] })),
      passed: passed.map((series) => ({ ...series })),
      lost: lost.map((series) => ({ ...series })),
      regions: regionRows(rows, this.#regions),
      edges: rows.slice(0, MAX_LISTED),
      unlistedEdges: Math.max(0, rows.length - MAX_LISTED),
    };
    return this.#last;
  }

  async #askAll(leases: readonly EdgeLease[]): Promise<Asked[]> {
    const endsAtMs = performance.now() + ROUND_MS;
    const asked = leases.map((lease): Asked => ({ lease, state: 'not_asked', status: undefined }));
    let next = 0;
    const askInTurn = async (): Promise<void> => {
      while (next < asked.length && performance.now() < endsAtMs) {
        const one = asked[next++]!;
        Object.assign(one, await this.#ask(one.lease));
      }
    };
    await Promise.all(Array.from({ length: Math.min(MAX_IN_FLIGHT, asked.length) }, askInTurn));
    return asked;
  }

  async #ask({ region, edge, boot }: EdgeLease): Promise<Omit<Asked, 'lease'>> {
    const { controlPlane, clock } = this.#deps;
    if (clock.now() < (this.#restsUntilMs.get(boot) ?? 0)) return { state: 'refused', status: undefined };
    const { result, answer } = await controlPlane.ask({ region, edge, boot }, { kind: 'status' }, ANSWER_MS);
    const status = result === 'done' ? parseEdgeStatus(answer) : undefined;
    if (status?.edge === edge && status.boot === boot) return { state: 'answers', status };
    const state = STATES[result];
    if (state === 'refused') this.#restsUntilMs.set(boot, clock.now() + REFUSED_FOR_MS);
    return { state, status: undefined };
  }

  async #directory(): Promise<StatusSnapshot['directory']> {
    const { metrics } = this.#deps;
    const [info] = await metrics.samples('partyline_build_info');
    const redis = await metrics.samples('partyline_directory_redis_up');
    const bus = await metrics.samples('partyline_directory_bus_up');
    return {
      region: this.#regions[0] ?? '',
      version: String(info?.labels.version ?? ''),
      uptimeSeconds: Math.round(process.uptime()),
      bus: Object.fromEntries(bus.map(({ value }) => ['bus', value === 1])),
      redis: Object.fromEntries(redis.map(({ labels, value }) => [String(labels.redis), value === 1])),
    };
  }
}

interface Asked {
  lease: EdgeLease;
  state: EdgeState;
  status: EdgeStatus | undefined;
}

/** An answer that cannot be read is one of a version that is not understood here. */
const STATES: Readonly<Record<AnsweredOrder['result'], EdgeState>> = {
  done: 'refused',
  not_here: 'refused',
  failed: 'refused',
  timeout: 'silent',
  unreachable: 'unreachable',
};

const edgeRow = (lease: EdgeLease, state: EdgeState, status: EdgeStatus | undefined): EdgeRow => {
  const { edge, boot, region, startedAt, revision, maxConnections } = lease;
  const { connections, rooms, load, draining } = lease;
  return {
    edge,
    boot,
    region,
    state,
    startedAtMs: startedAt,
    version: status?.version || revision,
    maxConnections,
    gauges: status?.gauges ?? { connections, rooms, load, draining },
  };
};
