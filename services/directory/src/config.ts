import { isIP } from 'node:net';
import type { RegistryLimits } from '@partyline/registry';
import {
  type Clock,
  type Config,
  type ConfigResult,
  defineConfig,
  fieldSchemas,
  type ParseConfigOptions,
  parseConfig,
} from '@partyline/runtime';
import {
  type ApiKey,
  MIN_SECRET_BYTES,
  readTicketKey,
  TICKET_GRACE_SECONDS,
  TicketSigner,
} from '@partyline/tokens';
import { z } from 'zod';

/** `id:secret`, two at most; tells which one is wrong by its place, as the text may hold the secret. */
const apiKeys: z.ZodType<ApiKey[], string> = fieldSchemas.list().transform((items, context) => {
  const keys: ApiKey[] = [];
  const fail = (message: string): void => context.addIssue({ code: 'custom', message });
  for (const [index, item] of items.entries()) {
    const colon = item.indexOf(':');
    const key = { id: item.slice(0, Math.max(colon, 0)), secret: item.slice(colon + 1) };
    if (colon < 1) fail(`key ${index + 1} must be written id:secret`);
    else if (Buffer.byteLength(key.secret) < MIN_SECRET_BYTES) {
      fail(
        `key ${index + 1} needs a secret of at least ${MIN_SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
      );
    } else if (keys.some(({ id }) => id === key.id)) fail(`key ${index + 1} has the id of another one`);
    else keys.push(key);
  }
  if (items.length > 2) fail('two keys at most: the current one and the one it replaces');
  return keys;
});

const proxies: z.ZodType<string[], string> = fieldSchemas.list().transform((items, context) => {
  for (const item of items) {
    const [address = '', bits, ...rest] = item.split('/');
    const version = isIP(address);
    const range =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (version === 0 || !range || rest.length > 0) {
      context.addIssue({ code: 'custom', message: 'must be IP addresses or ranges such as 10.0.0.0/8' });
      return z.NEVER;
    }
  }
  return items;
});

const ticketKey = (kind: 'private' | 'public'): z.ZodType<ReturnType<typeof readTicketKey>, string> =>
  z.string().transform((text, context) => {
    try {
      return readTicketKey(text, kind);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** The settings of a directory. */
export const configFields = defineConfig({
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
    schema: fieldSchemas.text(),
    optional: true,
    description: 'Region for clients that prefer none.',
  },
  maxEdgesPerRoom: {
    env: 'PARTYLINE_MAX_EDGES_PER_ROOM',
    schema: fieldSchemas.integer({ min: 1, max: 1_000 }),
    default: '16',
    description: 'Edges of one region that a room is spread over at most.',
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
});

export type DirectoryConfig = Config<typeof configFields>;

/** Reads the settings of a directory; pure, and reports everything that is wrong at once. */
export const parseDirectoryConfig = (
  env: Readonly<Record<string, string | undefined>>,
  options: ParseConfigOptions = {},
): ConfigResult<DirectoryConfig> => parseConfig(configFields, env, options);

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
