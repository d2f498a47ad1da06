import { EXIT_CODES, runMain } from '@partyline/runtime';
import { Cluster } from './cluster.ts';
import { colouredLines } from './coloured-lines.ts';
import { helpText, readCommandLine } from './command-line.ts';
import { summary } from './summary.ts';

const STOP_DEADLINE_MS = 10_000;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const commandLine = readCommandLine(process.argv.slice(2));
if (commandLine.kind === 'help') {
  say(helpText.trim());
} else if (commandLine.kind === 'wrong') {
  complain(commandLine.message);
  process.exitCode = EXIT_CODES.badConfig;
} else {
  const { options } = commandLine;
  let cluster: Cluster | undefined;
  await runMain({
    program: {
      name: 'cluster',
      start: async () => {
        say(`Starting Redis, ${options.directories} directories and ${options.edges} edges …`);
        cluster = await Cluster.start({
          regions: options.regions,
          redis: options.redis,
          port: options.port,
          // Who can reach the loopback sits at this machine; settings of its environment go before ours.
          env: { PARTYLINE_LOG_LEVEL: 'info', ...partylineSettings(process.env) },
          directoryEnv: { PARTYLINE_GUEST_JOIN: 'true', PARTYLINE_GUEST_ADMIN: 'true' },
          respawn: true,
          onLine: colouredLines(say),
        });
        say(summary(cluster));
      },
      stop: async () => cluster?.stop(),
    },
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: process.env.npm_lifecycle_event,
    log: { info: say, error: complain },
  });
}

/** What whoever starts the cluster has set for its processes. */
function partylineSettings(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('PARTYLINE_') && entry[1] !== undefined,
  );
  return Object.fromEntries(set.filter(([name]) => name !== 'PARTYLINE_CACHE'));
}
