import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatConfigIssues } from '@partyline/runtime';
import { createLogger, type Logger } from '@partyline/telemetry';
import { parseStandaloneConfig, type StandaloneFlags } from './config.ts';
import { Standalone } from './standalone.ts';

export interface StartOptions {
  /** Settings as environment variables; `PORT=0` unless given. Nothing is read from the real environment. */
  env?: Readonly<Record<string, string>>;
  flags?: Partial<StandaloneFlags>;
  /** Silent unless given. */
  log?: Logger;
  /** Where a self-signed certificate is kept; in the system's folder for temporary files unless given. */
  certificateFolder?: string;
}

export interface RunningStandalone {
  /** Address of the page, the API and (with ws:) the edge; no slash at its end. */
  url: string;
  /** Address of metrics and health; no slash at its end. */
  opsUrl: string;
  /** Closes everything. Idempotent. */
  stop(): Promise<void>;
}

/** How long everything may take to close, in ms. */
export const STOP_DEADLINE_MS = 900;

/**
 * Runs everything in this process, for tests and scenarios.
 * @throws Error that says what is wrong with the settings, or why it could not start
 */
export async function startStandalone(options: StartOptions = {}): Promise<RunningStandalone> {
  const { env = {}, flags = {}, log, certificateFolder } = options;
  const parsed = parseStandaloneConfig({ PORT: '0', ...env }, { https: false, guests: false, ...flags });
  if (!parsed.ok) throw new Error(formatConfigIssues(parsed.issues));
  const standalone = new Standalone(parsed.value, {
    log: log ?? createLogger({ level: 'silent', name: 'partyline' }),
    certificateFolder: certificateFolder ?? join(tmpdir(), 'partyline-certificate'),
  });
  await standalone.start();
  return {
    url: standalone.url.replace(/\/$/, ''),
    opsUrl: standalone.opsUrl.replace(/\/$/, ''),
    stop: async () => {
      await standalone.stop(STOP_DEADLINE_MS);
      const [error] = standalone.stopErrors;
      if (error) throw error;
    },
  };
}
