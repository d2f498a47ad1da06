import { freePort, RedisServer } from '@partyline/redis/server';
import { generateTicketKey } from '@partyline/tokens';
import { type Program, withProgram } from '../program.ts';
import { forMs, holdsWithin } from '../wait.ts';
import type { ClusterCase } from './case.ts';
import { OldRedis } from './old-redis.ts';
import { endedWith, KINDS, type Kind, linesOf, opsPage, START_MS, startProgram } from './processes.ts';

const EXIT_BAD_CONFIG = 78;
const EXIT_FAILED = 1;
/** How long a process is watched that has to stay. */
const STAYS_MS = 3_000;
const PASSWORD = 'the-right-one';
const WRONG_PASSWORD = 'not-the-right-one';

type Env = Readonly<Record<string, string>>;

const ticketKey = generateTicketKey().export({ type: 'pkcs8', format: 'pem' }).toString();

/** An edge or directory with nothing but what is being tried and what it cannot do without. */
const startProcess = (kind: Kind, opsPort: number, env: Env): Program => {
  const own: Env =
    kind === 'edge'
      ? {
          PARTYLINE_EDGE_PORT: '0',
          PARTYLINE_EDGE_REGION: 'eu',
          PARTYLINE_DIRECTORY_URLS: 'http://127.0.0.1:9',
        }
      : {
          PARTYLINE_DIRECTORY_PORT: '0',
          PARTYLINE_DIRECTORY_REGION: 'eu',
          PARTYLINE_API_KEYS: `scenario:${'k'.repeat(40)}`,
          PARTYLINE_TICKET_KEY: ticketKey,
        };
  return startProgram(kind, { PARTYLINE_OPS_PORT: String(opsPort), ...own, ...env });
};

const exits = (
  kind: Kind,
  name: string,
  code: number,
  says: RegExp,
  env: Env | (() => Promise<{ env: Env; stop: () => Promise<void> }>),
): ClusterCase => ({
  name: `${kind}: ${name}`,
  expected: `exit ${code}, ${says.source}`,
  attempt: async () => {
    const given = typeof env === 'function' ? await env() : { env, stop: async () => undefined };
    try {
      return await withProgram(startProcess(kind, await freePort('127.0.0.1'), given.env), (program) =>
        endedWith(program, code, says, WRONG_PASSWORD),
      );
    } finally {
      await given.stop();
    }
  },
});

/** A Redis that is not there: the process has to stay, be unready, and say so without repeating itself. */
const stays = (kind: Kind, name: string, says: RegExp, url: () => Promise<string>): ClusterCase => ({
  name: `${kind}: ${name}`,
  expected: `${kind === 'edge' ? 'stays up, unready' : 'stays up'}, one line: ${says.source}`,
  attempt: async () => {
    const opsPort = await freePort('127.0.0.1');
    const env = { PARTYLINE_REDIS_URL: await url() };
    return withProgram(startProcess(kind, opsPort, env), async (program) => {
      await program.prints(says, START_MS);
      const isUp = async (): Promise<boolean> => (await opsPage(opsPort, '/healthz')).status === 200;
      if (!(await holdsWithin(isUp, START_MS, 100))) return `it is not up: ${program.output.slice(-300)}`;
      await forMs(STAYS_MS);
      if (!program.running) return `it ended: ${program.output.slice(-300)}`;
      const { status } = await opsPage(opsPort, '/readyz');
      // A directory is ready without Redis as it is built now; that is for its own tests to judge.
      if (kind === 'edge' && status !== 503) return `/readyz is ${status}`;
      const lines = linesOf(program, says);
      return lines.length === 1 ? undefined : `${lines.length} lines: ${lines.join(' | ').slice(0, 900)}`;
    });
  },
});

const oldRedis = async () => {
  const old = await OldRedis.start();
  return {
    env: { PARTYLINE_REDIS_URL: `redis+cluster://127.0.0.1:${old.port}` },
    stop: () => old.stop(),
  };
};

const leadsNowhere = (redis: RedisServer): ClusterCase => ({
  name: 'edge: a directory URL that leads nowhere',
  expected: 'unready, with a reason and a line that name the directory',
  attempt: async () => {
    const opsPort = await freePort('127.0.0.1');
    const nowhere = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
    const env = { PARTYLINE_REDIS_URL: redis.url, PARTYLINE_DIRECTORY_URLS: nowhere };
    return withProgram(startProcess('edge', opsPort, env), async (program) => {
      await program.prints(/keys of tickets could not be fetched/, START_MS);
      let last = { status: 0, body: '' };
      const saysSo = async (): Promise<boolean> => {
        last = await opsPage(opsPort, '/readyz');
        return last.status === 503 && /directory/.test(last.body);
      };
      if (!(await holdsWithin(saysSo, 10_000, 100))) return `/readyz is ${last.status}: ${last.body}`;
      if (!program.output.includes(nowhere)) return 'no line names the URL';
      return program.running ? undefined : 'it ended';
    });
  },
});

/** Everything that can be wrong before a process has started. @param redis one with the password PASSWORD */
export const startingCases = (redis: RedisServer): ClusterCase[] => [
  ...KINDS.flatMap((kind): ClusterCase[] => [
    exits(kind, 'a Redis URL of no known form', EXIT_BAD_CONFIG, /PARTYLINE_REDIS_URL/, {
      PARTYLINE_REDIS_URL: 'http://127.0.0.1:6379',
    }),
    exits(kind, 'a wrong password', EXIT_FAILED, /refused the password/, {
      PARTYLINE_REDIS_URL: redis.url.replace(PASSWORD, WRONG_PASSWORD),
    }),
    exits(kind, 'no password', EXIT_FAILED, /wants a password/, {
      PARTYLINE_REDIS_URL: redis.url.replace(`:${PASSWORD}@`, ''),
    }),
    exits(kind, 'a Redis Cluster of version 6.2', EXIT_FAILED, /is version 6\.2; 7\.0 or newer/, oldRedis),
    exits(kind, 'a second region without a control Redis', EXIT_BAD_CONFIG, /PARTYLINE_CONTROL_REDIS_URL/, {
      PARTYLINE_REDIS_URL: redis.url,
      PARTYLINE_REDIS_REGIONS: 'us=redis://127.0.0.1:1',
    }),
    exits(kind, 'a region whose name cannot be one', EXIT_BAD_CONFIG, /_REGION must be 1 to 64/, {
      PARTYLINE_REDIS_URL: redis.url,
      [`PARTYLINE_${kind.toUpperCase()}_REGION`]: 'e:u',
    }),
    stays(
      kind,
      'a host that is not known',
      /host name is not known/,
      async () => 'redis://no-such-host.invalid:6379',
    ),
    stays(
      kind,
      'a port where nobody listens',
      /nothing listens there/,
      async () => `redis://127.0.0.1:${await freePort('127.0.0.1')}`,
    ),
  ]),
  leadsNowhere(redis),
];

/** A Redis that lets nobody in without its password. */
export const startLockedRedis = (): Promise<RedisServer> => RedisServer.start({ password: PASSWORD });
