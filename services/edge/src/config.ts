import { isEdgeId, WEBSOCKET_PATH } from '@partyline/protocol';
import { redisConfigFields, redisSettingsIssues, regionName } from '@partyline/redis';
import {
  type Config,
  type ConfigIssue,
  type ConfigResult,
  defineConfig,
  fieldSchemas,
  parseConfig,
} from '@partyline/runtime';
import { operationsFields, tracingFields } from '@partyline/telemetry';
import { readTicketKey, type TicketKeySet, ticketPublicKey } from '@partyline/tokens';
import { z } from 'zod';

type Env = Readonly<Record<string, string | undefined>>;

const urls: z.ZodType<string[], string> = fieldSchemas.list().transform((items, context) => {
  for (const item of items) {
    if (fieldSchemas.url().safeParse(item).success) continue;
    context.addIssue({ code: 'custom', message: 'must be URLs that start with http:// or https://' });
    return z.NEVER;
  }
  return items.map((item) => item.replace(/\/+$/, ''));
});

/** A JWKS or single JWK, or PEM blocks. */
const keySet: z.ZodType<TicketKeySet, string> = z.string().transform((text, context) => {
  try {
    return readKeySet(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

function readKeySet(text: string): TicketKeySet {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) {
    const blocks = trimmed.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [trimmed];
    return { keys: blocks.map((block) => ticketPublicKey(readTicketKey(block, 'public'))) };
  }
  let parsed: { keys?: unknown[] };
  try {
    parsed = JSON.parse(trimmed) as { keys?: unknown[] };
  } catch {
    throw new Error('must be a JWKS ({"keys": [...]}) or PEM blocks, and is neither');
  }
  const jwks = Array.isArray(parsed.keys) ? parsed.keys : [parsed];
  if (jwks.length === 0) throw new Error('must hold at least one key');
  return { keys: jwks.map((jwk) => ticketPublicKey(readTicketKey(JSON.stringify(jwk), 'public'))) };
}

/** The settings of an edge, wherever it runs. */
export const edgeFields = defineConfig({
  edgeId: {
    env: 'PARTYLINE_EDGE_ID',
    schema: z.string().refine(isEdgeId, 'must be 1 to 64 of A-Z a-z 0-9 _ . -'),
    default: 'edge-1',
    description: 'Name of this edge, unique and stable within the cluster, such as its pod name.',
  },
  region: {
    env: 'PARTYLINE_EDGE_REGION',
    schema: regionName(),
    default: 'local',
    description: 'Region this edge serves, as the directories name it.',
  },
  host: {
    env: 'PARTYLINE_EDGE_HOST',
    schema: fieldSchemas.text(),
    default: '127.0.0.1',
    description: 'Address to listen on for clients.',
  },
  port: {
    env: 'PARTYLINE_EDGE_PORT',
    schema: fieldSchemas.port(),
    default: '8080',
    description: 'Port to listen on for clients; 0 lets the system choose.',
  },
  publicUrl: {
    env: 'PARTYLINE_EDGE_URL',
    schema: fieldSchemas.text(),
    default: WEBSOCKET_PATH,
    description: 'WebSocket URL that clients are given; a bare path means the origin they joined at.',
  },
  revision: {
    env: 'PARTYLINE_EDGE_REVISION',
    schema: fieldSchemas.text(),
    default: 'dev',
    description: 'Software revision; during a rollout new joins prefer the newest.',
  },
  tlsCertificateFile: {
    env: 'PARTYLINE_EDGE_TLS_CERT',
    schema: fieldSchemas.text(),
    optional: true,
    description:
      'Certificate chain in PEM; with the key, the edge speaks wss and https. Reloaded when it changes.',
  },
  tlsKeyFile: {
    env: 'PARTYLINE_EDGE_TLS_KEY',
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Private key in PEM that belongs to the certificate.',
  },
  allowedOrigins: {
    env: 'PARTYLINE_EDGE_ORIGINS',
    schema: fieldSchemas.list(),
    default: '',
    description:
      "Origins of pages that may connect, such as https://app.example; * allows all. Empty: only the edge's own.",
  },
  maxConnections: {
    env: 'PARTYLINE_EDGE_MAX_CONNECTIONS',
    schema: fieldSchemas.integer({ min: 1, max: 1_000_000 }),
    default: '10000',
    description: 'WebSocket connections at once; further ones get status 503.',
  },
  lastN: {
    env: 'PARTYLINE_EDGE_LAST_N',
    schema: fieldSchemas.integer({ min: 1, max: 62 }),
    default: '3',
    description: 'Speakers of a room that are forwarded at once: the loudest.',
  },
  maxFramesPerSecond: {
    env: 'PARTYLINE_EDGE_MAX_FRAMES_PER_SECOND',
    schema: fieldSchemas.integer({ min: 1, max: 1_000 }),
    default: '120',
    unit: 'frames/s',
    description: 'Frames accepted from one participant.',
  },
  coalesceMaxMs: {
    env: 'PARTYLINE_EDGE_COALESCE_MAX_MS',
    schema: fieldSchemas.number({ min: 0, max: 100 }),
    default: '10',
    unit: 'ms',
    description:
      'Longest wait for further frames of a room when the edge is loaded; 0 sends every frame at once.',
  },
  stageCoalesceMaxMs: {
    env: 'PARTYLINE_EDGE_STAGE_COALESCE_MAX_MS',
    schema: fieldSchemas.number({ min: 0, max: 100 }),
    default: '20',
    unit: 'ms',
    description: 'The same for rooms with many listeners.',
  },
  stageListeners: {
    env: 'PARTYLINE_EDGE_STAGE_LISTENERS',
    schema: fieldSchemas.integer({ min: 1 }),
    default: '500',
    description: 'Listeners from which on a room counts as one with many.',
  },
  coalesceFromLoad: {
    env: 'PARTYLINE_EDGE_COALESCE_FROM_LOAD',
    schema: fieldSchemas.number({ min: 0, max: 1 }),
    default: '0.68',
    description:
      'Event-loop utilisation, as it would be without, from which on frames are coalesced; 0 coalesces always.',
  },
  drainWindowSeconds: {
    env: 'PARTYLINE_EDGE_DRAIN_WINDOW',
    schema: fieldSchemas.number({ min: 0, max: 3_600 }),
    default: '20',
    unit: 's',
    description:
      'Time in which a stopping edge moves its participants to other edges before it closes what is left; 0 closes at once.',
  },
  shedFrom: {
    env: 'PARTYLINE_EDGE_SHED_FROM',
    schema: fieldSchemas.number({ min: 0.1, max: 2 }),
    default: '0.9',
    description:
      'Load from which on, after 5 s, rooms are moved to edges with less, until it is 0.15 lower; above 1 never.',
  },
});

export type EdgeConfig = Config<typeof edgeFields>;

/** Reads an edge's settings from an environment; reports everything that is wrong at once. */
export const parseEdgeConfig = (env: Env): ConfigResult<EdgeConfig> => {
  const result = parseConfig(edgeFields, env);
  const issues = result.ok ? tlsIssues(result.value) : [];
  return issues.length > 0 ? { ok: false, issues } : result;
};

/** What an edge needs beside when it is a process of its own. */
const processFields = defineConfig({
  directoryUrls: {
    env: 'PARTYLINE_DIRECTORY_URLS',
    schema: urls,
    default: '',
    description: 'Addresses of the directories, comma between: for ticket keys, renewals and moves.',
  },
  ticketKeys: {
    env: 'PARTYLINE_TICKET_PUBLIC_KEYS',
    schema: keySet,
    optional: true,
    description:
      "Public keys of tickets: a JWKS, or PEM blocks one after the other. Not set: asked of the directories at start, and again when a ticket names another's.",
  },
  ...operationsFields,
});

/** Every setting of the edge as a process of its own. */
export const configFields = defineConfig({
  ...edgeFields,
  ...processFields,
  ...redisConfigFields,
  ...tracingFields,
});

export type EdgeProcessConfig = Config<typeof configFields>;

/** Reads the settings of an edge that is a process of its own; reports everything that is wrong at once. */
export const parseEdgeProcessConfig = (env: Env): ConfigResult<EdgeProcessConfig> => {
  const result = parseConfig(configFields, env);
  if (!result.ok) return result;
  const { value } = result;
  const issues = [...tlsIssues(value), ...redisSettingsIssues(value, value.region)];
  if (value.redisUrl === undefined) {
    issues.push({
      env: redisConfigFields.redisUrl.env,
      message: 'is required: an edge by itself shares its rooms by it (npm start needs none)',
    });
  }
  if (value.directoryUrls.length === 0 && value.ticketKeys === undefined) {
    issues.push({
      env: processFields.directoryUrls.env,
      message:
        'is required, or PARTYLINE_TICKET_PUBLIC_KEYS: without the keys of tickets an edge can admit nobody',
    });
  }
  return issues.length > 0 ? { ok: false, issues } : result;
};

function tlsIssues({ tlsCertificateFile, tlsKeyFile }: EdgeConfig): ConfigIssue[] {
  if ((tlsCertificateFile === undefined) === (tlsKeyFile === undefined)) return [];
  const missing = tlsKeyFile === undefined ? edgeFields.tlsKeyFile : edgeFields.tlsCertificateFile;
  return [{ env: missing.env, message: 'is required: certificate and key go together' }];
}
