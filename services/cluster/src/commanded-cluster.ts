import { colouredLines } from './coloured-lines.ts';
import type { ClusterCommand } from './command-line.ts';
import type { ClusterOptions } from './options.ts';

/**
 * A cluster as somebody at this machine starts it: guests may join, and a process that ends is started again.
 * @param env of whoever starts it; its settings are passed on
 */
export const commandedCluster = (
  { regions, redis, port }: ClusterCommand,
  env: NodeJS.ProcessEnv,
  say: (text: string) => void,
): ClusterOptions => ({
  regions,
  redis,
  port,
  // Who can reach the loopback sits at this machine; settings of its environment go before ours.
  env: { PARTYLINE_LOG_LEVEL: 'info', ...partylineSettings(env) },
  directoryEnv: { PARTYLINE_GUEST_JOIN: 'true', PARTYLINE_GUEST_ADMIN: 'true' },
  respawn: true,
  onLine: colouredLines(say),
});

/** What whoever starts the cluster has set for its processes. */
function partylineSettings(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('PARTYLINE_') && entry[1] !== undefined,
  );
  return Object.fromEntries(set.filter(([name]) => !NOT_PASSED_ON.includes(name)));
}

/** For scripts/setup.mjs and where things are kept: no process of a cluster knows them. */
const NOT_PASSED_ON = ['PARTYLINE_CACHE', 'PARTYLINE_NO_APT'];
