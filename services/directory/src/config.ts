import { DEFAULT_WEIGHTS } from '@partyline/placement';
import { redisConfigFields, redisSettingsIssues, regionName } from '@partyline/redis';
import type { RegistryLimits } from '@partyline/registry';
import {
  type Clock,
  type Config,
  type ConfigField,
  type ConfigIssue,
  type ConfigResult,
  defineConfig,
  fieldSchemas,
  isLoopback,
  type ParseConfigOptions,
  parseConfig,
} from '@partyline/runtime';
import { operationsFields, tracingFields } from '@partyline/telemetry';
import { TICKET_GRACE_SECONDS, TicketSigner } from '@partyline/tokens';
import { apiKeys, proxies, ticketKey, webhookSecret, webhookUrls } from './config-schemas.ts';

/** The settings of a directory, wherever it runs. */
export const directoryFields = defineConfig({
  apiKeys: {
    env: 'PARTYLINE_API_KEYS',
    schema: apiKeys,
    default: '',
    secret: true,
    description: 'API keys as id:secret, two at most, comma between; backends sign access tokens with them.',
  },
  ticketKey: {
    env: 'PARTYLINE_TICKET_KEY',
    schema: ticketKey('private'),
    optional: true,
    secret: true,
    description: 'Ed25519 private key that signs tickets, PEM or JWK. Not set: a new one at every start.',
  },
  previousTicketKey: {
    env: 'PARTYLINE_TICKET_KEY_PREVIOUS',
    schema: ticketKey('public'),
    optional: true,
    secret: true,
    description: 'The ticket key before it, private or public: tickets signed with it stay valid.',
  },
  guestJoin: {
    env: 'PARTYLINE_GUEST_JOIN',
    schema: fieldSchemas.boolean(),
    default: 'false',
    description: 'Lets people join without an access token, as guests who may talk and listen.',
  },
  guestAdmin: {
    env: 'PARTYLINE_GUEST_ADMIN',
    schema: fieldSchemas.boolean(),
    default: 'false',
    description: 'Lets anybody list rooms and participants without a token; changes still need one.',
  },
  guestModerate: {
    env: 'PARTYLINE_GUEST_MODERATE',
    schema: fieldSchemas.boolean(),
    default: 'false',
    description:
      'Lets the guest who opens a room moderate it; npm start does so where only this machine can come.',
  },
  ticketTtlSeconds: {
    env: 'PARTYLINE_TICKET_TTL',
    schema: fieldSchemas.integer({ min: 10, max: 86_400 }),
    default: '300',
    unit: 's',
    description: 'How long a ticket is valid; it is renewed over the connection at half of it.',
  },
  removalSeconds: {
    env: 'PARTYLINE_REMOVAL_SECONDS',
    schema: fieldSchemas.integer({ min: 0, max: 31_536_000 }),
    optional: true,
    unit: 's',
    description:
      'How long a removal lasts when the request does not say. Not set: as long as a ticket can live.',
  },
  region: {
    env: 'PARTYLINE_DIRECTORY_REGION',
    schema: regionName(),
    optional: true,
    description: 'Where the directory is; also the region for clients that prefer none.',
  },
  maxEdgesPerRoom: {
    env: 'PARTYLINE_MAX_EDGES_PER_ROOM',
    schema: fieldSchemas.integer({ min: 1, max: 1_000 }),
    default: '16',
    description: 'Edges of one region that a room is spread over at most.',
  },
  packUntil: {
    env: 'PARTYLINE_PLACEMENT_PACK_UNTIL',
    schema: fieldSchemas.number({ min: 0, max: 1 }),
    default: String(DEFAULT_WEIGHTS.packUntil),
    description:
      'Up to this share of its capacity an edge takes more of a room it has, however idle others are.',
  },
  boundFactor: {
    env: 'PARTYLINE_PLACEMENT_BOUND_FACTOR',
    schema: fieldSchemas.number({ min: 1, max: 100 }),
    default: String(DEFAULT_WEIGHTS.boundFactor),
    description: 'Above that, an edge is filled to this many times the mean of its region at most.',
  },
  loadLimit: {
    env: 'PARTYLINE_PLACEMENT_LOAD_LIMIT',
    schema: fieldSchemas.number({ min: 0.1, max: 1 }),
    default: String(DEFAULT_WEIGHTS.loadLimit),
    description: 'Load from which on an edge is sent nobody.',
  },
  orderTimeoutMs: {
    env: 'PARTYLINE_ORDER_TIMEOUT',
    schema: fieldSchemas.integer({ min: 1, max: 60_000 }),
    default: '1000',
    unit: 'ms',
    description: 'How long a moderation request waits for the edge before it is answered with 202.',
  },
  maxRooms: {
    env: 'PARTYLINE_MAX_ROOMS',
    schema: fieldSchemas.integer({ min: 1, max: 1_000_000 }),
    default: '10000',
    description: 'Rooms at once.',
  },
  roomMaxParticipants: {
    env: 'PARTYLINE_ROOM_MAX_PARTICIPANTS',
    schema: fieldSchemas.integer({ min: 1, max: 20_000 }),
    default: '1000',
    description: 'Participants of a room that was created without saying.',
  },
  roomEmptyTimeoutSeconds: {
    env: 'PARTYLINE_ROOM_EMPTY_TIMEOUT',
    schema: fieldSchemas.integer({ min: 1, max: 31_536_000 }),
    default: '300',
    unit: 's',
    description: 'How long an empty room is kept that was created without saying.',
  },
  corsOrigins: {
    env: 'PARTYLINE_CORS_ORIGINS',
    schema: fieldSchemas.list(),
    default: '',
    description:
      'Origins of pages that may call the API, such as https://app.example. Empty: same origin only.',
  },
  trustedProxies: {
    env: 'PARTYLINE_TRUSTED_PROXIES',
    schema: proxies,
    default: '',
    description: 'Addresses or ranges of proxies whose X-Forwarded-For is believed.',
  },
  joinsPerMinutePerAddress: {
    env: 'PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS',
    schema: fieldSchemas.integer({ min: 1, max: 1_000_000 }),
    default: '600',
    unit: 'joins/min',
    description: 'Joins from one client address; a school shares one.',
  },
  joinsPerMinutePerIdentity: {
    env: 'PARTYLINE_JOINS_PER_MINUTE_PER_IDENTITY',
    schema: fieldSchemas.integer({ min: 1, max: 1_000_000 }),
    default: '30',
    unit: 'joins/min',
    description: 'Joins and ticket renewals of one identity in one room.',
  },
  requestsPerMinutePerAddress: {
    env: 'PARTYLINE_REQUESTS_PER_MINUTE_PER_ADDRESS',
    schema: fieldSchemas.integer({ min: 1, max: 10_000_000 }),
    default: '3000',
    unit: 'requests/min',
    description: 'Other API requests from one client address.',
  },
  webhookUrls: {
    env: 'PARTYLINE_WEBHOOK_URLS',
    schema: webhookUrls,
    default: '',
    secret: true,
    description:
      'Where events of rooms and participants are posted to, https or loopback, comma between; each URL gets them all.',
  },
  webhookSecret: {
    env: 'PARTYLINE_WEBHOOK_SECRET',
    schema: webhookSecret,
    optional: true,
    secret: true,
    description: 'Signs what is posted to them; at least 16 bytes.',
  },
});

export type DirectoryConfig = Config<typeof directoryFields>;

/** Reads the settings of a directory; pure, and reports everything that is wrong at once. */
export const parseDirectoryConfig = (
  env: Readonly<Record<string, string | undefined>>,
  options: ParseConfigOptions = {},
): ConfigResult<DirectoryConfig> => {
  const result = parseConfig(directoryFields, env, options);
  const issues = [...(result.ok ? [] : result.issues), ...webhookIssues(env)];
  return issues.length > 0 ? { ok: false, issues } : result;
};

const webhookIssues = (env: Readonly<Record<string, string | undefined>>): ConfigIssue[] => {
  const { webhookUrls: urls, webhookSecret: secret } = directoryFields;
  if (!env[urls.env] || env[secret.env]) return [];
  const message = `is required with ${urls.env}: receivers know by it who posts; make one with: openssl rand -base64 32`;
  return [{ env: secret.env, message }];
};

/** What a directory needs beside when it is a process of its own. */
const processFields = defineConfig({
  host: {
    env: 'PARTYLINE_DIRECTORY_HOST',
    schema: fieldSchemas.text(),
    default: '127.0.0.1',
    description: 'Address to listen on for the API.',
  },
  port: {
    env: 'PARTYLINE_DIRECTORY_PORT',
    schema: fieldSchemas.port(),
    default: '8080',
    description: 'Port of the API; 0 lets the system choose.',
  },
  ...operationsFields,
});

/** Every setting of the directory as a process of its own. */
export const configFields = defineConfig({
  ...directoryFields,
  ...processFields,
  ...redisConfigFields,
  ...tracingFields,
});

export type DirectoryProcessConfig = Config<typeof configFields> & { readonly region: string };

/** The region of a cluster that has only one and does not name it; edges have the same default. */
const ONLY_REGION = 'local';

/** Reads the settings of a directory that is a process of its own; reports everything that is wrong at once. */
export const parseDirectoryProcessConfig = (
  env: Readonly<Record<string, string | undefined>>,
): ConfigResult<DirectoryProcessConfig> => {
  const result = parseConfig(configFields, env);
  const issues = [...(result.ok ? [] : result.issues), ...webhookIssues(env), ...processIssues(env)];
  if (!result.ok) return { ok: false, issues };
  const { value } = result;
  const region = value.region ?? ONLY_REGION;
  issues.push(...redisSettingsIssues(value, region));
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: { ...value, region } };
};

/** What is missing, told also when another setting is wrong. */
const processIssues = (env: Readonly<Record<string, string | undefined>>): ConfigIssue[] => {
  const issues: ConfigIssue[] = [];
  const require = (field: ConfigField, message: string): void => {
    if (!env[field.env]) issues.push({ env: field.env, message: `is required${message}` });
  };
  const { host, redisUrl, redisRegions, ticketKey, apiKeys, region } = configFields;
  require(redisUrl, ', such as redis://127.0.0.1:6379: a directory finds edges through it; without Redis there is npm start');
  require(ticketKey, ', as all directories must sign alike; make one with: openssl genpkey -algorithm ed25519');
  if (env[redisRegions.env]) require(region, ` with ${redisRegions.env}: it names the own region`);
  const address = env[host.env] || host.default;
  if (!isLoopback(address)) {
    require(apiKeys, `: other machines can reach ${address}, and anybody could join; write it as id:secret, with a secret from: openssl rand -base64 32`);
  }
  return issues;
};

/** How long anything about a participant must be remembered, in seconds: a ticket's life and its grace. */
export const ticketLifeSeconds = (config: Pick<DirectoryConfig, 'ticketTtlSeconds'>): number =>
  config.ticketTtlSeconds + TICKET_GRACE_SECONDS;

/** What the directory's settings mean for the registry. */
export const registryLimits = (config: DirectoryConfig): Partial<RegistryLimits> => ({
  maxRooms: config.maxRooms,
  // A minute on top, for clocks that differ.
  retentionMs: (ticketLifeSeconds(config) + 60) * 1_000,
  roomDefaults: {
    maxParticipants: config.roomMaxParticipants,
    emptyTimeoutSeconds: config.roomEmptyTimeoutSeconds,
    metadata: '',
  },
});

/** The signer that the settings ask for. */
export const createTicketSigner = (
  config: Pick<DirectoryConfig, 'ticketKey' | 'previousTicketKey'>,
  clock: Clock,
): TicketSigner => {
  if (config.ticketKey === undefined) return TicketSigner.generate(clock);
  const previous = config.previousTicketKey;
  return new TicketSigner(config.ticketKey, { clock, ...(previous && { previous }) });
};
