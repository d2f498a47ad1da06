import type { Place } from '@partyline/cluster';
import { MetricsPage } from '../../support/metrics-page.ts';
import type { System } from '../../support/system.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';

const MIB = 1_048_576;
const MAX_GROWTH_MIB = 60;
const MAX_MIB = 400;
/** Sockets that happen to be open at the moment of a look: of scrapes, of HTTP connections kept alive. */
const HANDLES_SLACK = 4;
/** Until connections and timers of the start have come to rest. */
const REST_MS = 3_000;

interface Usage {
  connections: number;
  rooms: number;
  participants: number;
  handles: number;
  mib: number;
}

const usageOf = async ({ member }: Place): Promise<Usage> => {
  const page = new MetricsPage(await (await fetch(`${member.opsUrl}/metrics`)).text());
  return {
    connections: page.sum('partyline_edge_connections'),
    rooms: page.sum('partyline_edge_rooms'),
    participants: page.sum('partyline_edge_participants'),
    handles: page.sum('nodejs_active_handles_total'),
    mib: page.sum('process_resident_memory_bytes') / MIB,
  };
};

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
    const usages = new Map<string, Usage>();
    for (const edge of system.cluster.edges) usages.set(edge.id, await usageOf(edge));
    return new Idle(system, usages);
  }

  /** Waits until nothing is left of these rooms. @returns what is left at the end: a sentence each */
  async leftovers(rooms: readonly string[], timeoutMs: number): Promise<string[]> {
    let faults: string[] = [];
    await holdsWithin(
      async () => {
        faults = [
          ...(await Promise.all(this.#system.cluster.edges.map((edge) => this.#ofEdge(edge)))).flat(),
          ...(await this.#ofDirectories(rooms)),
          ...(await this.#ofRedis(rooms)),
        ];
        return faults.length === 0;
      },
      timeoutMs,
      250,
    );
    return faults;
  }

  async #ofEdge(edge: Place): Promise<string[]> {
    const before = this.#usages.get(edge.id)!;
    const now = await usageOf(edge).catch(() => undefined);
    if (now === undefined) return [`${edge.id} does not show its metrics`];
    const left = (['connections', 'rooms', 'participants'] as const)
      .filter((what) => now[what] !== 0)
      .map((what) => `${edge.id} still has ${now[what]} ${what} after everybody has left`);
    if (now.handles > before.handles + HANDLES_SLACK) {
      left.push(`${edge.id} has ${now.handles} handles open, ${before.handles} at its start`);
    }
    const grownMib = now.mib - before.mib;
    if (grownMib > MAX_GROWTH_MIB) left.push(`${edge.id} has grown by ${grownMib.toFixed(0)} MiB`);
    if (now.mib > MAX_MIB) left.push(`${edge.id} has ${now.mib.toFixed(0)} MiB`);
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
