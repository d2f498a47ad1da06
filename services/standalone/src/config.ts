import { type DirectoryConfig, directoryFields, parseDirectoryConfig } from '@partyline/directory';
import { type EdgeConfig, configFields as edgeFields, parseEdgeConfig } from '@partyline/edge';
import { parseRecorderConfig, type RecorderConfig, recorderFields } from '@partyline/recorder';
import {
  type Config,
  type ConfigFields,
  type ConfigIssue,
  defineConfig,
  fieldSchemas,
  isLoopback,
  parseConfig,
} from '@partyline/runtime';
import { logLevels, type TracingSettings, tracingFields } from '@partyline/telemetry';

/** The settings of `npm start`; most of those of the edge and the directory apply as well. */
export const configFields = defineConfig({
  port: {
    env: 'PORT',
    schema: fieldSchemas.port(),
    default: '8080',
    description: 'The one port of page, API and WebSocket; 0 lets the system choose.',
  },
  host: {
    env: 'HOST',
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Address to listen on. Not set: 127.0.0.1, or all interfaces with --https.',
  },
  opsPort: {
    env: 'OPS_PORT',
    schema: fieldSchemas.port(),
    optional: true,
    description:
      'Port of metrics and health on 127.0.0.1. Not set: the one after PORT, or any free one when PORT is 0.',
  },
  tlsCertificateFile: {
    env: 'PARTYLINE_TLS_CERT',
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Certificate chain in PEM: page, API and WebSocket by TLS. Reloaded when it changes.',
  },
  tlsKeyFile: {
    env: 'PARTYLINE_TLS_KEY',
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Private key in PEM that belongs to the certificate.',
  },
  logLevel: {
    env: 'PARTYLINE_LOG_LEVEL',
    schema: fieldSchemas.oneOf(logLevels),
    default: 'info',
    description: 'Least severe log lines that are written.',
  },
  ...tracingFields,
});

/** Settings of the edge that follow from ours here, and so cannot be set by themselves. */
const decidedEdgeFields = ['host', 'port', 'publicUrl', 'tlsCertificateFile', 'tlsKeyFile'] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** What stands on the command line. */
export interface StandaloneFlags {
  https: boolean;
  guests: boolean;
}

/** How to listen and whom to let in: everything decided. */
export interface StandaloneConfig {
  host: string;
  port: number;
  opsPort: number;
  tls: { certificateFile: string; keyFile: string } | 'self-signed' | undefined;
  logLevel: Config<typeof configFields>['logLevel'];
  tracing: TracingSettings;
  edge: EdgeConfig;
  directory: DirectoryConfig;
  recorder: RecorderConfig;
}

export type StandaloneConfigResult =
  | { ok: true; value: StandaloneConfig }
  | { ok: false; issues: readonly ConfigIssue[] };

/** Reads the settings of all parts and the flags; pure, and reports everything that is wrong at once. */
export function parseStandaloneConfig(env: Env, flags: StandaloneFlags): StandaloneConfigResult {
  const edgeNames = Object.entries<ConfigFields[string]>(edgeFields)
    .filter(([key]) => !(decidedEdgeFields as readonly string[]).includes(key))
    .map(([, field]) => field.env);
  const directoryNames = Object.values<ConfigFields[string]>(directoryFields).map((field) => field.env);
  const recorderNames = Object.values<ConfigFields[string]>(recorderFields).map((field) => field.env);
  const own = parseConfig(configFields, env, {
    alsoKnown: [...edgeNames, ...directoryNames, ...recorderNames],
  });
  const edge = parseEdgeConfig(only(env, edgeNames));
  const directory = parseDirectoryConfig(only(env, directoryNames));
  const recorder = parseRecorderConfig(only(env, recorderNames));
  if (!own.ok || !edge.ok || !directory.ok || !recorder.ok) {
    return {
      ok: false,
      issues: [own, edge, directory, recorder].flatMap((part) => (part.ok ? [] : part.issues)),
    };
  }
  const { port, opsPort, tlsCertificateFile, tlsKeyFile, logLevel } = own.value;
  const host = own.value.host ?? (flags.https ? '0.0.0.0' : '127.0.0.1');
  const guests = guestsAllowed(env, flags, host, directory.value);
  const issues: ConfigIssue[] = [];
  if ((tlsCertificateFile === undefined) !== (tlsKeyFile === undefined)) {
    const missing = tlsKeyFile === undefined ? configFields.tlsKeyFile : configFields.tlsCertificateFile;
    issues.push({ env: missing.env, message: 'is required too: certificate and key go together' });
  }
  if (!guests && !isLoopback(host) && directory.value.apiKeys.length === 0) {
    issues.push({
      env: configFields.host.env,
      message:
        `${host} can be reached by other machines, and anybody could join: set PARTYLINE_API_KEYS=id:secret, ` +
        'or allow guests knowingly with "npm start -- --guests" (add --https for a phone)',
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  const files =
    tlsCertificateFile !== undefined && tlsKeyFile !== undefined
      ? { certificateFile: tlsCertificateFile, keyFile: tlsKeyFile }
      : undefined;
  return {
    ok: true,
    value: {
      host,
      port,
      opsPort: opsPort ?? opsPortBeside(port),
      tls: files ?? (flags.https ? 'self-signed' : undefined),
      logLevel,
      tracing: own.value,
      edge: edge.value,
      recorder: recorder.value,
      directory: {
        ...directory.value,
        guestJoin: guests,
        guestAdmin: guests || directory.value.guestAdmin,
        // Where strangers may come, whoever is first in a room is not always who should rule it.
        guestModerate: env[directoryFields.guestModerate.env]
          ? directory.value.guestModerate
          : guests && isLoopback(host),
      },
    },
  };
}

/** Guests are welcome where only this machine can come, and elsewhere only when somebody said so. */
function guestsAllowed(env: Env, flags: StandaloneFlags, host: string, directory: DirectoryConfig): boolean {
  if (flags.guests || flags.https) return true;
  if (env[directoryFields.guestJoin.env]) return directory.guestJoin;
  return isLoopback(host) && directory.apiKeys.length === 0;
}

function opsPortBeside(port: number): number {
  if (port === 0) return 0;
  return port === 65_535 ? port - 1 : port + 1;
}

function only(env: Env, names: readonly string[]): Env {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
