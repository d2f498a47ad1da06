import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { holdsWithin } from '../../support/wait.ts';

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Which edges directories say that there are. */
export class EdgeList {
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
  }

  /** Whether the first directory lists this edge; undefined when it gives no list. */
  async has(edge: string): Promise<boolean | undefined> {
    const { status, body } = await this.#system.admin.request('GET', '/v1/edges');
    if (status !== 200) return undefined;
    return (body as { edges: { edge: string }[] }).edges.some((one) => one.edge === edge);
  }

  /** Waits until an edge is not listed any more. @returns when that was, epoch ms; undefined when it stays */
  async untilWithout(edge: string): Promise<number | undefined> {
    const gone = await holdsWithin(async () => (await this.has(edge)) === false, PATIENCE_MS, LOOK_EVERY_MS);
    return gone ? nowMs() : undefined;
  }
}
