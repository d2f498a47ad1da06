import { fileURLToPath } from 'node:url';
import type { Member } from '@partyline/cluster';
import { until } from '../wait.ts';
import type { Injected, Wish } from './faults.ts';

/** For `edgeProgram` of a cluster: edges with fault injectors that lose nothing until they are told to. */
export const EDGE_WITH_FAULTS = fileURLToPath(new URL('edge-with-faults.ts', import.meta.url));

/** The injector in one edge, as a scenario talks to it. */
export class FaultInjector {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** @throws Error when the edge has not told in time where its injector listens */
  static async of(member: Member): Promise<FaultInjector> {
    let url: string | undefined;
    await until(`the fault injector of ${member.name}`, () => {
      url = member.lines
        .map((line) => /faults at (\S+)/.exec(line)?.[1])
        .find((found) => found !== undefined);
      return url !== undefined;
    });
    return new FaultInjector(url!);
  }

  /** @returns what was lost and delayed until now */
  async set(wish: Wish): Promise<Injected> {
    const reply = await fetch(this.#url, { method: 'PUT', body: JSON.stringify(wish) });
    return (await reply.json()) as Injected;
  }

  async injected(): Promise<Injected> {
    return (await (await fetch(this.#url)).json()) as Injected;
  }
}
