import { isEdgeId, WEBSOCKET_PATH } from '@partyline/protocol';
import { type Config, type ConfigResult, defineConfig, fieldSchemas, parseConfig } from '@partyline/runtime';
import { z } from 'zod';

/** The settings of an edge. */
export const configFields = defineConfig({
  edgeId: {
    env: 'PARTYLINE_EDGE_ID',
    schema: z.string().refine(isEdgeId, 'must be 1 to 64 of A-Z a-z 0-9 _ . -'),
    default: 'edge-1',
    description: 'Name of this edge, unique and stable within the cluster, such as its pod name.',
  },
  region: {
    env: 'PARTYLINE_EDGE_REGION',
    schema: fieldSchemas.text(),
    default: 'local',
    description: 'Region this edge serves.',
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
});

export type EdgeConfig = Config<typeof configFields>;

/** Reads an edge's settings from an environment; reports everything that is wrong at once. */
export const parseEdgeConfig = (
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult<EdgeConfig> => {
  const result = parseConfig(configFields, env);
  if (
    result.ok &&
    (result.value.tlsCertificateFile === undefined) !== (result.value.tlsKeyFile === undefined)
  ) {
    const missing =
      result.value.tlsKeyFile === undefined ? configFields.tlsKeyFile : configFields.tlsCertificateFile;
    return {
      ok: false,
      issues: [{ env: missing.env, message: 'is required: certificate and key go together' }],
    };
  }
  return result;
};
