import type { EdgeLease } from '../registry.ts';
import type { RemoteRegion } from './remote-region.ts';

/** Leases this old are asked for anew, behind the answer; edges renew theirs as often. In ms. */
const FRESH_MS = 1_000;
/** Leases this old are not used any more, in ms. */
const USABLE_MS = 3_000;

interface Held {
  leases: EdgeLease[];
  atMs: number;
}

/** Edges of other regions, kept for a moment: every join asks for them, and an ocean lies between. */
export class RemoteLeases {
  readonly #regions: readonly RemoteRegion[];
  readonly #clock: { now(): number };
  readonly #held = new Map<string, Held>();
  readonly #asking = new Map<string, Promise<void>>();

  constructor(regions: readonly RemoteRegion[], { clock }: { clock: { now(): number } }) {
    this.#regions = regions;
    this.#clock = clock;
  }

  /** Copies; nothing of a region that does not answer. Never rejects. @param fresh waits for an answer of now */
  async get(fresh = false): Promise<EdgeLease[]> {
    const found = await Promise.all(this.#regions.map((region) => this.#of(region, fresh)));
    return found.flat().map((lease) => ({ ...lease }));
  }

  async #of(remote: RemoteRegion, fresh: boolean): Promise<EdgeLease[]> {
    const ageMs = this.#clock.now() - (this.#held.get(remote.region)?.atMs ?? Number.NEGATIVE_INFINITY);
    if (fresh || ageMs >= FRESH_MS) {
      const asked = this.#askOnce(remote);
      if (fresh || ageMs >= USABLE_MS) await asked;
    }
    return this.#held.get(remote.region)?.leases ?? [];
  }

  #askOnce(remote: RemoteRegion): Promise<void> {
    const { region } = remote;
    const running = this.#asking.get(region);
    if (running !== undefined) return running;
    const asking = this.#askNow(remote).finally(() => this.#asking.delete(region));
    this.#asking.set(region, asking);
    return asking;
  }

  async #askNow(remote: RemoteRegion): Promise<void> {
    const answer = await remote.ask((registry) => registry.edges()).catch(() => ({ ok: false }) as const);
    if (answer.ok) this.#held.set(remote.region, { leases: answer.value, atMs: this.#clock.now() });
    else this.#held.delete(remote.region);
  }
}
