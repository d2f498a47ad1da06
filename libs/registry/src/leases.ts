import { randomBytes } from 'node:crypto';
import { LEASE_TTL_MS } from './limits.ts';
import { type EdgeLease, RegistryError } from './registry.ts';

interface HeldLease {
  lease: EdgeLease;
  /** Of this lease: what belonged to one that had died is gone. */
  incarnation: string;
  renewedAtMs: number;
  /** Whether it was told that nobody is on this draining edge any more. */
  drained: boolean;
}

/** Who is alive: the edges of a registry in memory. */
export class Leases {
  readonly #leases = new Map<string, HeldLease>();
  readonly #maxEdges: number;
  readonly #onDrained: (lease: EdgeLease, nowMs: number) => void;

  /** @param onDrained called once for each draining edge that has become empty or ended */
  constructor(maxEdges: number, onDrained: (lease: EdgeLease, nowMs: number) => void) {
    this.#maxEdges = maxEdges;
    this.#onDrained = onDrained;
  }

  /** The lease's incarnation: another one for a lease that had died meanwhile. */
  renew(lease: EdgeLease, nowMs: number): string {
    const { edge, boot } = lease;
    const held = this.#leases.get(edge);
    const isLive = held !== undefined && nowMs < held.renewedAtMs + LEASE_TTL_MS;
    if (isLive && held.lease.boot !== boot) {
      throw new RegistryError(
        'edge_id_taken',
        `Another edge is running under the id ${edge}: give each its own, or wait ${LEASE_TTL_MS / 1_000} s for one that has died.`,
      );
    }
    if (held === undefined && this.#leases.size >= this.#maxEdges) {
      throw new RegistryError('too_many_edges', `A registry holds at most ${this.#maxEdges} edges.`);
    }
    const next: HeldLease = {
      lease: structuredClone(lease),
      incarnation: isLive ? held.incarnation : randomBytes(9).toString('base64url'),
      renewedAtMs: nowMs,
      drained: isLive && held.drained && lease.draining,
    };
    this.#leases.set(edge, next);
    if (lease.connections === 0) this.#drained(next, nowMs);
    return next.incarnation;
  }

  drop(edge: string, boot: string, nowMs: number): void {
    const held = this.#leases.get(edge);
    if (held?.lease.boot !== boot) return;
    this.#leases.delete(edge);
    this.#drained(held, nowMs);
  }

  /** Copies, ordered by edge id. */
  live(nowMs: number): EdgeLease[] {
    return [...this.#leases.values()]
      .filter(({ renewedAtMs }) => nowMs < renewedAtMs + LEASE_TTL_MS)
      .map(({ lease }) => structuredClone(lease))
      .sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }

  isLive(edge: string, boot: string, nowMs: number): boolean {
    const found = this.#leases.get(edge);
    return found !== undefined && found.lease.boot === boot && nowMs < found.renewedAtMs + LEASE_TTL_MS;
  }

  sweep(nowMs: number): void {
    for (const [edge, { renewedAtMs }] of this.#leases) {
      if (nowMs >= renewedAtMs + LEASE_TTL_MS) this.#leases.delete(edge);
    }
  }

  #drained(held: HeldLease, nowMs: number): void {
    if (!held.lease.draining || held.drained) return;
    held.drained = true;
    this.#onDrained(held.lease, nowMs);
  }
}
