import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { MetricsPage } from '../metrics-page.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { System } from '../system.ts';
import { forMs, holdsWithin } from '../wait.ts';
import { besideCall } from './call.ts';
import type { ClusterCase } from './case.ts';

/** Of each kind, to every channel. */
const ROUNDS = 40;
const BETWEEN_ROUNDS_MS = 25;
/** Lines of all processes together that a shower of garbage may cause, beside those that are asked for. */
const MAX_LINES = 3;

/** Publishes to every channel of a kind in every region, and tells how many times. */
const shower = async (
  system: System,
  pattern: string,
  batches: (round: number) => readonly Uint8Array[],
): Promise<{ channels: number; unheard: number }> => {
  const clients = [...system.cluster.redis.values()].map(({ url }) => new Redis(url));
  try {
    let channels = 0;
    let unheard = 0;
    for (const redis of clients) {
      const names = (await redis.pubsub('CHANNELS', pattern)) as string[];
      channels += names.length;
      for (let round = 0; round < ROUNDS; round++) {
        for (const bytes of batches(round)) {
          for (const name of names) if ((await redis.publish(name, Buffer.from(bytes))) === 0) unheard += 1;
        }
        await forMs(BETWEEN_ROUNDS_MS);
      }
    }
    return { channels, unheard };
  } finally {
    for (const redis of clients) redis.disconnect();
  }
};

const refusedBy = (page: MetricsPage, metric: string, reason: string): number => page.sum(metric, { reason });

/** Waits until the counts have grown by so much exactly; says what they are otherwise. */
const counted = async (
  system: System,
  metric: string,
  before: MetricsPage,
  expected: Readonly<Record<string, number>>,
): Promise<string | undefined> => {
  const growth = async (): Promise<Record<string, number>> => {
    const page = await system.metrics();
    return Object.fromEntries(
      Object.keys(expected).map((reason) => [
        reason,
        refusedBy(page, metric, reason) - refusedBy(before, metric, reason),
      ]),
    );
  };
  let grown: Record<string, number> = {};
  const isRight = await holdsWithin(
    async () => {
      grown = await growth();
      return Object.entries(expected).every(([reason, count]) => grown[reason] === count);
    },
    5_000,
    100,
  );
  return isRight ? undefined : `counted ${JSON.stringify(grown)}, not ${JSON.stringify(expected)}`;
};

const noisy = (written: readonly string[], from: number, asked?: RegExp): string | undefined => {
  const lines = written.slice(from).filter((line) => asked?.test(line) !== true);
  return lines.length > MAX_LINES
    ? `${lines.length} lines were written: ${lines.slice(0, 3).join(' | ').slice(0, 500)}`
    : undefined;
};

const encoder = new TextEncoder();
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** Messages between edges of other versions, and what is none. */
export const garbageOnPeers = (system: System, written: readonly string[]): ClusterCase => ({
  name: 'on the wire: messages between edges of other versions, and garbage',
  expected: 'known fields taken, all else counted and ignored, log quiet, nothing of a call lost',
  attempt: (note) =>
    besideCall(system, 'garbage-peers', note, async () => {
      const random = new SeededRandom(4);
      const from = { edge: 'later-edge', boot: randomUUID(), region: 'eu', colour: 'red' };
      const message = { v: 1, from, room: 'nowhere' };
      const before = await system.metrics();
      const linesBefore = written.length;
      const kinds = {
        unknown_type: [
          json({ ...message, type: 'teleport' }),
          json({ ...message, type: 'toString' }),
          json({ ...message, type: '__proto__' }),
        ],
        unknown_version: [json({ ...message, v: 2, type: 'part' }), json({ v: 99 })],
        malformed: [
          json({ ...message, type: 'part' }),
          json({ ...message, type: 'ask', room: 7 }),
          json({ ...message, type: 'ask', from: { edge: 'a:b', boot: '', region: '' } }),
          json({ ...message, type: 5 }),
          json([1, 2]),
          json(null),
          encoder.encode(''),
          encoder.encode('{"v":1,"type":"part"'),
          encoder.encode(`${'['.repeat(5_000)}`),
        ],
      };
      const understood = json({ ...message, type: 'ask', shade: { deep: [1] } });
      const { channels, unheard } = await shower(system, '*:peer:*', (round) => [
        ...Object.values(kinds).flat(),
        bytesOf(random, 1 + ((round * 37) % 900)),
        // Answered each time, so seldom.
        ...(round % 10 === 0 ? [understood] : []),
      ]);
      if (channels !== system.edges.length || unheard > 0)
        return `${channels} channels, ${unheard} messages reached nobody`;
      const times = channels * ROUNDS;
      const wrong = await counted(system, 'partyline_peer_messages_lost_total', before, {
        unknown_type: kinds.unknown_type.length * times,
        unknown_version: kinds.unknown_version.length * times,
        malformed: (kinds.malformed.length + 1) * times,
        rate: 0,
      });
      if (wrong !== undefined) return wrong;
      const peers = (await system.metrics()).sum('partyline_edge_peers') - before.sum('partyline_edge_peers');
      if (peers !== channels) return `a message with further fields was taken by ${peers} edges`;
      // Each edge may have said so already, within the last minute.
      const says = /speaks version (2|99) of what edges tell each other/;
      const told = written.filter((line) => says.test(line)).length;
      if (told !== channels) return `${told} of ${channels} edges told of another version`;
      return noisy(written, linesBefore, says);
    }),
});

const bytesOf = (random: SeededRandom, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i === 0 ? 0xff : random.u32() & 0xff));

/** Some bundles as they are on the bus now. */
const overheard = async (url: string): Promise<Buffer[]> => {
  const redis = new Redis(url);
  const bundles: Buffer[] = [];
  try {
    redis.on('pmessageBuffer', (_pattern: Buffer, _channel: Buffer, bytes: Buffer) => bundles.push(bytes));
    await redis.psubscribe('*:inbox-a:*');
    await holdsWithin(() => bundles.length >= 8, 10_000);
    return bundles;
  } finally {
    redis.disconnect();
  }
};

/** Bundles of other versions, cut ones, and what is none. */
export const garbageOnBundles = (system: System, written: readonly string[]): ClusterCase => ({
  name: 'on the wire: bundles of other versions, cut ones, random bytes',
  expected: 'counted and ignored, log quiet, nothing of a call lost',
  attempt: (note) =>
    besideCall(system, 'garbage-bundles', note, async () => {
      const random = new SeededRandom(5);
      const { url } = system.cluster.redis.values().next().value!;
      const genuine = (await overheard(url)).filter((bytes) => bytes.length > 60);
      if (genuine.length === 0) return 'no bundle was overheard';
      const before = await system.metrics();
      const linesBefore = written.length;
      const as = (bytes: Uint8Array, first: number): Uint8Array => {
        const copy = Uint8Array.from(bytes);
        copy[0] = first;
        // Of nobody's source, or its own edge would take it for an echo.
        copy.fill(0xee, 20, 28);
        return copy;
      };
      const { channels, unheard } = await shower(system, '*:inbox-*', (round) => {
        const bundle = as(genuine[round % genuine.length]!, 0x12);
        const cut = 1 + (random.u32() % (bundle.length - 1));
        return [
          as(bundle, 0x22),
          as(bundle, 0x1f),
          bundle.subarray(0, cut),
          new Uint8Array(0),
          bytesOf(random, 28 + ((round * 37) % 900)),
        ];
      });
      if (channels !== 2 * system.edges.length || unheard > 0)
        return `${channels} channels, ${unheard} bundles reached nobody`;
      const times = channels * ROUNDS;
      const wrong = await counted(system, 'partyline_bus_bundles_refused_total', before, {
        unknown_version: 3 * times,
        malformed: 2 * times,
        duplicate: 0,
        too_many_sources: 0,
      });
      return wrong ?? noisy(written, linesBefore);
    }),
});
