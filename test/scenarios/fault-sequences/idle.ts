import type { Place } from '@partyline/cluster';
import { booksOf, imbalances } from '../../support/books.ts';
import { MetricsPage } from '../../support/metrics-page.ts';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';

const MIB = 1_048_576;
const MAX_GROWTH_MIB = 60;
const MAX_MIB = 400;
/**
 * What keeps a process of Node alive, by kind, may be so many more than before: a look at the metrics has a connection, HTTP
 * connections are kept alive for a while, and a retry is planned now and then. What is left behind stays and adds up.
 */
const SLACK: Readonly<Record<string, number>> = { Timeout: 2, TCPSocketWrap: 4 };
const OTHER_SLACK = 2;
/** Until connections and timers of the start have come to rest. */
const REST_MS = 3_000;

interface Usage {
  /** Connections, rooms and participants; all 0 on a directory. */
  people: Readonly<Record<string, number>>;
  /** Timers, sockets and so on: whatever keeps the process alive. */
  resources: ReadonlyMap<string, number>;
  mib: number;
}

const usageOf = (page: MetricsPage, isEdge: boolean): Usage => {
  const resources = new Map<string, number>();
  for (const { labels, value } of page.select('nodejs_active_resources')) {
    resources.set(labels.type ?? '', value);
  }
  // Every process has a server; a page without it says nothing of what is open.
  page.required('nodejs_active_resources', { type: 'TCPServerWrap' });
  return {
    people: isEdge
      ? {
          connections: page.required('partyline_edge_connections'),
          rooms: page.required('partyline_edge_rooms'),
          participants: page.required('partyline_edge_participants'),
        }
      : {},
    resources,
    mib: page.required('process_resident_memory_bytes') / MIB,
  };
};

const pageOf = async ({ member }: Place): Promise<MetricsPage> =>
  new MetricsPage(await (await fetch(`${member.opsUrl}/metrics`)).text());

/** What a cluster is when nobody is there, to find what a sequence of faults leaves behind. */
export class Idle {
  readonly #system: System;
  readonly #usages: ReadonlyMap<string, Usage>;

  private constructor(system: System, usages: ReadonlyMap<string, Usage>) {
    this.#system = system;
    this.#usages = usages;
  }

  static async measure(system: System): Promise<Idle> {
    await forMs(REST_MS);
    const { edges, directories } = system.cluster;
    const usages = new Map<string, Usage>();
    for (const place of [...edges, ...directories]) {
      usages.set(place.id, usageOf(await pageOf(place), edges.includes(place)));
    }
    return new Idle(system, usages);
  }

  /** Waits until nothing is left of these rooms. @returns what is left at the end: a sentence each */
  async leftovers(rooms: readonly string[], timeoutMs: number): Promise<string[]> {
    let faults: string[] = [];
    const { edges, directories } = this.#system.cluster;
    await holdsWithin(
      async () => {
        const all = await Promise.all([
          ...edges.map((edge) => this.#ofProcess(edge, true)),
          ...directories.map((directory) => this.#ofProcess(directory, false)),
          this.#ofDirectories(rooms),
          this.#ofRedis(rooms),
        ]);
        faults = all.flat();
        return faults.length === 0;
      },
      timeoutMs,
      250,
    );
    return faults;
  }

  async #ofProcess(place: Place, isEdge: boolean): Promise<string[]> {
    const { id } = place;
    const before = this.#usages.get(id)!;
    let page: MetricsPage;
    let now: Usage;
    try {
      page = await pageOf(place);
      now = usageOf(page, isEdge);
    } catch (error) {
      return [`${id} does not show its metrics: ${String(error)}`];
    }
    const left = Object.entries(now.people)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${id} still has ${count} ${what} after everybody has left`);
    // Of one that was started again these are the books of its second life.
    if (isEdge) left.push(...imbalances(booksOf(page)).map((failure) => `${id}: ${failure}`));
    for (const [type, count] of now.resources) {
      const usual = before.resources.get(type) ?? 0;
      if (count <= usual + (SLACK[type] ?? OTHER_SLACK)) continue;
      left.push(`${id} has ${count} of ${type} open, ${usual} at its start`);
    }
    const grownMib = now.mib - before.mib;
    if (grownMib > MAX_GROWTH_MIB) left.push(`${id} has grown by ${grownMib.toFixed(0)} MiB`);
    if (now.mib > MAX_MIB) left.push(`${id} has ${now.mib.toFixed(0)} MiB`);
    return left;
  }

  async #ofDirectories(rooms: readonly string[]): Promise<string[]> {
    const { status, body } = await this.#system.admin.request('GET', '/v1/rooms?limit=500');
    if (status !== 200) return [`a directory lists its rooms with ${status}`];
    const listed = (body as { rooms: { room: string }[] }).rooms.filter(({ room }) => rooms.includes(room));
    return listed.map(({ room }) => `${room} is still listed after it was deleted`);
  }

  async #ofRedis(rooms: readonly string[]): Promise<string[]> {
    const { cluster } = this.#system;
    const all = await Promise.all(
      [...cluster.redis].map(async ([region, { servers }]) => {
        const server = servers[0]!;
        const channels = (await server.command('PUBSUB', 'CHANNELS', '*')) as string[];
        const numbers = (await server.command('PUBSUB', 'NUMSUB', ...channels)) as (string | number)[];
        const edges = cluster.edges.filter((edge) => edge.region === region).map(({ id }) => id);
        const faults = edges.flatMap((edge) =>
          ['inbox-a', 'inbox-b', 'peer', 'control']
            .map((kind) => ({
              kind,
              found: channels.filter((one) => one.includes(`:${kind}:${edge}:`)).length,
            }))
            .filter(({ found }) => found !== 1)
            .map(
              ({ kind, found }) => `${edge} has ${found} subscriptions of its channel "${kind}" in ${region}`,
            ),
        );
        const rest = channels.filter(
          (channel) => !/:(inbox-[ab]|peer|control):/.test(channel) && !channel.includes(':control-reply:'),
        );
        for (const channel of rest) faults.push(`somebody in ${region} is still subscribed to ${channel}`);
        for (let i = 0; i < numbers.length; i += 2) {
          if (Number(numbers[i + 1]) !== 1) faults.push(`${numbers[i]} has ${numbers[i + 1]} subscribers`);
        }
        for (const room of rooms) {
          for (const key of (await server.command('KEYS', `*${room}*`)) as string[]) {
            // What has a time to live ends by itself.
            if (Number(await server.command('PTTL', key)) !== -1) continue;
            faults.push(`the state of ${region} still has ${key}, for ever`);
          }
        }
        return faults;
      }),
    );
    return all.flat();
  }
}
