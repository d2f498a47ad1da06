import {
  type ClusterTarget,
  type RedisAddress,
  RedisError,
  RedisLink,
  type SingleTarget,
} from '@partyline/redis';

export interface SlotRange {
  first: number;
  last: number;
  master: RedisAddress;
}

const ASK_TIMEOUT_MS = 1_500;

/**
 * Which master has which slots, as some node says: one of those connected, or else one of the addresses given.
 * @throws RedisError when nobody answers, or what answers cannot be used
 */
export async function askSlots(
  connected: readonly RedisLink[],
  target: ClusterTarget,
  name: string,
): Promise<SlotRange[]> {
  let problem: unknown;
  // One after the other from a chance beginning, so that a node that hangs is not asked first each time.
  for (const link of rotated(connected)) {
    try {
      return await ask(link);
    } catch (error) {
      problem = error;
    }
  }
  for (const node of rotated(target.nodes)) {
    const { tls, username, password } = target;
    const single: SingleTarget = { kind: 'single', ...node, tls, username, password, db: 0 };
    const link = new RedisLink({ target: single, partOf: target, name, role: 'topology' });
    try {
      await link.start();
      if (!link.up) throw new RedisError('away', link.problem ?? 'The Redis Cluster cannot be reached.');
      return await ask(link);
    } catch (error) {
      if (error instanceof RedisError && error.code !== 'away') throw error;
      problem = error;
    } finally {
      link.stop();
    }
  }
  throw problem instanceof RedisError
    ? problem
    : new RedisError('away', `No node of the Redis Cluster says where its slots are: ${String(problem)}`);
}

async function ask({ redis }: RedisLink): Promise<SlotRange[]> {
  const asked = redis.options.host ?? '';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), ASK_TIMEOUT_MS);
  });
  try {
    return readSlots(await Promise.race([redis.call('CLUSTER', 'SLOTS'), late]), asked);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer to CLUSTER SLOTS, which has more behind each master: its replicas. */
function readSlots(reply: unknown, askedHost: string): SlotRange[] {
  if (!Array.isArray(reply)) throw new Error('CLUSTER SLOTS was answered in an unknown form');
  const ranges: SlotRange[] = [];
  for (const row of reply as unknown[][]) {
    const [first, last, master] = row;
    const [host, port] = (master ?? []) as unknown[];
    // A node that does not know its own address leaves it out: it is the one that was asked.
    const known = typeof host === 'string' && host !== '' && host !== '?' ? host : askedHost;
    ranges.push({ first: Number(first), last: Number(last), master: { host: known, port: Number(port) } });
  }
  return ranges;
}

function rotated<T>(items: readonly T[]): T[] {
  const start = Math.floor(Math.random() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
