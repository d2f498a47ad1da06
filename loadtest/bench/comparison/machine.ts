import { cpus, release, type as systemType } from 'node:os';

/** What a committed result says about where it was measured: no names, no paths. */
export interface Machine {
  cpu: string;
  cores: number;
  node: string;
  system: string;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  node: process.versions.node,
  // Only the number of the kernel: what follows it may name a machine.
  system: `${systemType()} ${/^\d+(?:\.\d+)*/.exec(release())?.[0] ?? ''}`.trim(),
});
