import { LEASE_TTL_MS } from './limits.ts';
import { type EdgeLease, RegistryError } from './registry.ts';

/** Who is alive: the edges of a registry in memory. */
export class Leases {
  readonly #leases = new Map<string, { lease: EdgeLease; renewedAtMs: number }>();
  readonly #maxEdges: number;

  constructor(maxEdges: number) {
    this.#maxEdges = maxEdges;
  }

  renew(lease: EdgeLease, nowMs: number): void {
    if (!this.#leases.has(lease.edge) && this.#leases.size >= this.#maxEdges) {
      throw new RegistryError('too_many_edges', `A registry holds at most ${this.#maxEdges} edges.`);
    }
    this.#leases.set(lease.edge, { lease: structuredClone(lease), renewedAtMs: nowMs });
  }

  drop(edge: string, boot: string): void {
    if (this.#leases.get(edge)?.lease.boot === boot) this.#leases.delete(edge);
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
}
