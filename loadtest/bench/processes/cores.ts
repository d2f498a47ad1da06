import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Where the two halves of a bench run. */
export interface Cores {
  /** Cores to pin to, or undefined where that is not possible. */
  server?: number;
  generator?: number;
  /** A sentence for the report. */
  about: string;
}

/** Servers on core 0 and the generator on core 1, where there is `taskset` and a second core. */
export const chooseCores = (): Cores => {
  if (availableParallelism() < 2) {
    return { about: 'One core only: server and generator share it, so read the figures with care.' };
  }
  if (spawnSync('taskset', ['-c', '0', 'true']).status !== 0) {
    return { about: 'No taskset (util-linux) here: nothing is pinned to a core.' };
  }
  return { server: 0, generator: 1, about: 'Servers are pinned to core 0, the generator to core 1.' };
};
