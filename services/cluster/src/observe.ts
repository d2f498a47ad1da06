import { EXIT_CODES, runMain } from '@partyline/runtime';
import { observeHelpText, readObserveCommandLine } from './observe/observe-command-line.ts';
import { ObservedCluster } from './observe/observed-cluster.ts';

const STOP_DEADLINE_MS = 12_000;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const commandLine = readObserveCommandLine(process.argv.slice(2));
if (commandLine.kind === 'help') {
  say(observeHelpText.trim());
} else if (commandLine.kind === 'wrong') {
  complain(commandLine.message);
  process.exitCode = EXIT_CODES.badConfig;
} else {
  await runMain({
    program: new ObservedCluster(commandLine.options, { env: process.env, say, complain }),
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: process.env.npm_lifecycle_event,
    log: { info: say, error: complain },
  });
}
