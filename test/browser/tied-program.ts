import { Program } from '../support/program.ts';

/**
 * Before a command: it ends when the process that started it ends, however that happens (prctl PR_SET_PDEATHSIG), and
 * goes before others on a busy machine where that is allowed. On a desktop rtkit gives the threads of sound real time;
 * here nobody does, and a browser's microphone would have holes that no user hears.
 */
export const TIED = ['setpriv', '--pdeathsig', 'TERM', '--', 'nice', '-n', '-10'] as const;

/** A program that ends when this process ends: one that outlived its test would hold its browser for good. */
export const tiedProgram = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program => {
  const [setpriv, ...flags] = TIED;
  return new Program(setpriv, [...flags, command, ...args], { env });
};
