/** Where a Redis is, and how to be let in. */
export type RedisTarget = SingleTarget | SentinelTarget | ClusterTarget;

export interface RedisAddress {
  host: string;
  port: number;
}

interface RedisAccess {
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
}

/** One server. */
export interface SingleTarget extends RedisAccess, RedisAddress {
  kind: 'single';
  /** Number of the database; channels have none. */
  db: number;
}

/** A master that Sentinels name. */
export interface SentinelTarget extends RedisAccess {
  kind: 'sentinel';
  sentinels: readonly RedisAddress[];
  /** The master's name. */
  name: string;
  db: number;
  /** The Sentinels' own, which are seldom set. */
  sentinelPassword: string | undefined;
}

/** Some nodes of a Redis Cluster, which name the others. */
export interface ClusterTarget extends RedisAccess {
  kind: 'cluster';
  nodes: readonly RedisAddress[];
}

/** A target, or one sentence that says what is wrong and never holds the password. */
export type RedisUrlResult = { ok: true; target: RedisTarget } | { ok: false; problem: string };

const PORT = 6_379;
const SENTINEL_PORT = 26_379;
const KINDS = { '': 'single', '+sentinel': 'sentinel', '+cluster': 'cluster' } as const;
const FORMS =
  'redis://host:port, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port (rediss for TLS)';

const URL_SHAPE = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:(.*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/** Reads the URL of a Redis of any kind. */
export function parseRedisUrl(text: string): RedisUrlResult {
  const parts = URL_SHAPE.exec(text.trim());
  if (parts === null) return fail(`must be ${FORMS}`);
  const [, protocol, suffix = '', userInfo, hostList = '', path = '', query = ''] = parts;
  const kind = KINDS[suffix as keyof typeof KINDS];
  const access = readAccess(userInfo);
  if (access === undefined) return fail('holds a user name or password with a % that encodes nothing');
  const addresses = readAddresses(hostList, kind === 'sentinel' ? SENTINEL_PORT : PORT);
  if (typeof addresses === 'string') return fail(addresses);
  const parameters = new URLSearchParams(query);
  const base = { ...access, tls: protocol === 'rediss' };
  switch (kind) {
    case 'single': {
      if (addresses.length > 1) {
        return fail('names several servers; write redis+cluster:// or redis+sentinel:// before them');
      }
      const db = readDatabase(path);
      if (db === undefined) return fail('must have the number of a database after its slash, or nothing');
      return { ok: true, target: { kind, ...base, ...addresses[0]!, db } };
    }
    case 'sentinel': {
      const db = readDatabase(parameters.get('db') ?? '');
      if (db === undefined) return fail('must have a number as its db parameter');
      const name = decode(path);
      if (!name)
        return fail(
          "must end with a slash and the master's name, such as redis+sentinel://host:26379/mymaster",
        );
      const sentinelPassword = parameters.get('sentinelPassword') ?? undefined;
      return { ok: true, target: { kind, ...base, sentinels: addresses, name, db, sentinelPassword } };
    }
    case 'cluster':
      if (path !== '' && path !== '0') return fail('must not name a database: a Redis Cluster has only one');
      return { ok: true, target: { kind, ...base, nodes: addresses } };
  }
}

/** For people, without user and password. */
export function describeTarget(target: RedisTarget): string {
  const protocol = target.tls ? 'rediss' : 'redis';
  switch (target.kind) {
    case 'single':
      return `${protocol}://${formatAddress(target)}`;
    case 'sentinel':
      return `${protocol}+sentinel://${target.sentinels.map(formatAddress).join(',')}/${target.name}`;
    case 'cluster':
      return `${protocol}+cluster://${target.nodes.map(formatAddress).join(',')}`;
  }
}

/** `host:port`, with IPv6 in brackets. */
export const formatAddress = ({ host, port }: RedisAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const fail = (problem: string): RedisUrlResult => ({ ok: false, problem });

function readAccess(userInfo = ''): Pick<RedisAccess, 'username' | 'password'> | undefined {
  const colon = userInfo.indexOf(':');
  // As redis-cli has it: a lone word before the @ is the user's name.
  const username = decode(colon === -1 ? userInfo : userInfo.slice(0, colon));
  const password = decode(colon === -1 ? '' : userInfo.slice(colon + 1));
  if (username === undefined || password === undefined) return undefined;
  return { username: username || undefined, password: password || undefined };
}

function readAddresses(list: string, defaultPort: number): RedisAddress[] | string {
  const addresses: RedisAddress[] = [];
  for (const item of list.split(',')) {
    const match = HOST.exec(item.trim());
    const port = Number(match?.[3] ?? defaultPort);
    if (match === null || port < 1 || port > 65_535) {
      return item.trim() === '' ? 'must name a host after its //' : 'must have hosts of the form host:port';
    }
    addresses.push({ host: match[1] ?? match[2]!, port });
  }
  return addresses;
}

function readDatabase(text: string): number | undefined {
  if (text === '') return 0;
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
