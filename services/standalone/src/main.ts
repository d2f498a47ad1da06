import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT_CODES, formatConfigIssues, runMain } from '@partyline/runtime';
import { createLogger } from '@partyline/telemetry';
import { missingCodecs } from '@partyline/web';
import { helpText, readCommandLine } from './command-line.ts';
import { parseStandaloneConfig, type StandaloneConfig } from './config.ts';
import { Standalone } from './standalone.ts';
import { STOP_DEADLINE_MS } from './start.ts';
import { welcome } from './welcome.ts';

const { env } = process;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function programVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function run(config: StandaloneConfig): Promise<void> {
  const log = createLogger({
    level: config.logLevel,
    name: 'partyline',
    pretty: true,
    traceIds: config.tracing.otlpUrl !== undefined,
  });
  const cache = env.PARTYLINE_CACHE || join(homedir(), '.cache', 'partyline');
  const standalone = new Standalone(config, { log, certificateFolder: join(cache, 'certificate') });
  const program = {
    name: standalone.name,
    start: async () => {
      await standalone.start();
      const { port, opsUrl, engine } = standalone;
      say(
        welcome({
          secure: config.tls !== undefined,
          selfSigned: config.tls === 'self-signed',
          host: config.host,
          port,
          opsUrl,
          guests: config.directory.guestJoin,
          version: programVersion(),
          engine,
          nodeVersion: process.versions.node,
          missingCodecs: await missingCodecs(),
        }),
      );
    },
    stop: async (deadlineMs: number) => {
      await standalone.stop(deadlineMs);
      for (const error of standalone.stopErrors) complain(error.message);
    },
  };
  await runMain({
    program,
    stopDeadlineMs: STOP_DEADLINE_MS,
    npmLifecycleEvent: env.npm_lifecycle_event,
    log: { info: say, error: complain },
  });
}

const commandLine = readCommandLine(process.argv.slice(2));
if (commandLine.kind === 'help') {
  say(helpText.trim());
} else if (commandLine.kind === 'wrong') {
  complain(commandLine.message);
  process.exitCode = EXIT_CODES.badConfig;
} else {
  const parsed = parseStandaloneConfig(env, commandLine.flags);
  if (parsed.ok) await run(parsed.value);
  else {
    complain(formatConfigIssues(parsed.issues));
    process.exitCode = EXIT_CODES.badConfig;
  }
}
