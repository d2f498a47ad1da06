import type { ControlPlane } from '@partyline/bus';
import type { EdgeLease, Registry } from '@partyline/registry';
import type { Logger } from '@partyline/telemetry';
import type { DirectoryConfig } from './config.ts';
import { Problem } from './problem.ts';

export interface EdgesDeps {
  registry: Pick<Registry, 'edges'>;
  controlPlane: Pick<ControlPlane, 'order'>;
  log: Logger;
}

/** Edges as admins see them: who lives, and whom to empty. */
export class Edges {
  readonly #config: Pick<DirectoryConfig, 'orderTimeoutMs'>;
  readonly #deps: EdgesDeps;

  constructor(config: Pick<DirectoryConfig, 'orderTimeoutMs'>, deps: EdgesDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  list(): Promise<EdgeLease[]> {
    return this.#deps.registry.edges(true);
  }

  /**
   * Makes an edge move its participants elsewhere within the window, or take participants again.
   * @returns whether the edge has acknowledged; if not, it may still do it
   * @throws Problem for an edge that is not there
   */
  async drain(
    actor: string,
    id: string,
    { windowMs, resume }: { windowMs: number; resume: boolean },
  ): Promise<'edge' | 'pending'> {
    const { controlPlane, log } = this.#deps;
    const lease = (await this.list()).find(({ edge }) => edge === id);
    if (lease === undefined) {
      throw new Problem(404, 'edge_not_found', 'No edge of this name is alive: see GET /v1/edges.');
    }
    const { region, edge, boot } = lease;
    const order = { kind: 'drain', windowMs, resume } as const;
    const result = await controlPlane.order({ region, edge, boot }, order, this.#config.orderTimeoutMs);
    log.info(
      { event: 'audit', action: resume ? 'resume' : 'drain', actor, edge, outcome: result },
      'an edge was ordered to drain or to resume',
    );
    if (result === 'done') return 'edge';
    if (result === 'timeout') return 'pending';
    // Nothing is kept that would make the edge do it later, so anything but a late answer is a failure.
    throw new Problem(503, 'edge_unreachable', `The edge did not take the order (${result}): try again.`, {
      retryAfterSeconds: 2,
    });
  }
}
