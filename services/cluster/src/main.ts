import { EXIT_CODES, runMain } from '@partyline/runtime';
import { Cluster } from './cluster.ts';
import { helpText, readCommandLine } from './command-line.ts';
import { commandedCluster } from './commanded-cluster.ts';
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
        cluster = await Cluster.start(commandedCluster(options, process.env, say));
        say(summary(cluster));
      },
      stop: async () => cluster?.stop(),
    },
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: process.env.npm_lifecycle_event,
    log: { info: say, error: complain },
  });
}
