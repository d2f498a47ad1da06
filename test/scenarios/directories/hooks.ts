import type { Place } from '@partyline/cluster';
import { MetricsPage } from '../../support/metrics-page.ts';
import type { RawClient } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { holdsWithin } from '../../support/wait.ts';
import type { ReceivedEvent } from '../../support/webhook-receiver.ts';
import type { Part, PartContext } from './part.ts';

const ROOM = 'hooks';
const SHORT_LIVED = 'hooks-short';
/** Shards of a directory that is gone go to another after 10 s; events read before then come again. */
const TAKEN_OVER_MS = 25_000;
const PROMPT_MS = 5_000;

const typesOf = (events: readonly ReceivedEvent[]): string[] =>
  events.map(({ type, identity }) => (identity === undefined ? type : `${type} ${identity}`));

/** Whether versions go up within each incarnation, in the order in which events were taken for the first time. */
const isOrdered = (events: readonly ReceivedEvent[]): boolean => {
  const newest = new Map<string, number>();
  return events.every(({ version }) => {
    const { incarnation, counter } = version!;
    const before = newest.get(incarnation) ?? -1;
    newest.set(incarnation, counter);
    return counter > before;
  });
};

const expectEvents = async (
  { checks, receiver }: PartContext,
  what: string,
  expected: readonly string[],
  withinMs: number,
): Promise<void> => {
  const got = (): string[] => typesOf(receiver.of(ROOM));
  const all = await holdsWithin(() => expected.every((event) => got().includes(event)), withinMs, 50);
  const missing = expected.filter((event) => !got().includes(event));
  checks.expect(all, `${what}: webhooks lack ${missing.join(', ')}; there came ${got().join(', ')}`);
};

/** The directory of a region that has read events and not delivered them. */
const holderOf = async (system: System, region: string): Promise<Place | undefined> => {
  for (const place of system.cluster.directories.filter((directory) => directory.region === region)) {
    const reply = await fetch(`${place.member.opsUrl}/metrics`);
    const page = new MetricsPage(await reply.text());
    if (page.sum('partyline_directory_webhooks_pending') > 0) return place;
  }
  return undefined;
};

const join = ({ system }: PartContext, identity: string, edge: string): Promise<RawClient> =>
  system.join({ room: ROOM, identity, edge });

/** People come and go in both regions while a directory is killed and an application refuses for a while. */
export const hooks: Part = async (given) => {
  const { system, checks, receiver } = given;
  const [, second, third] = system.edges as [string, string, string];
  const settings = { emptyTimeoutSeconds: 1 };
  await system.admin.request('POST', '/v1/rooms', { room: ROOM, settings });
  await system.admin.request('POST', '/v1/rooms', { room: SHORT_LIVED, settings });

  const ada = await join(given, 'ada', second);
  const bob = await join(given, 'bob', third);
  await expectEvents(
    given,
    'all well',
    ['room_started', 'participant_joined ada', 'participant_joined bob'],
    PROMPT_MS,
  );

  receiver.refusing = true;
  const cleo = await join(given, 'cleo', second);
  await ada.leave();
  const refusedOnce = await holdsWithin(() => receiver.refused > 0, PROMPT_MS);
  checks.expect(refusedOnce, 'nothing was sent while the application refuses');
  const victim = await holderOf(system, 'eu');
  checks.expect(victim !== undefined, 'no directory says that it holds events');
  await victim?.member.kill();
  receiver.refusing = false;
  const dora = await system.join({ room: ROOM, identity: 'dora', edge: third, via: 'us' });
  await cleo.leave();
  await expectEvents(
    given,
    'a directory killed',
    ['participant_joined cleo', 'participant_left ada', 'participant_left cleo', 'participant_joined dora'],
    TAKEN_OVER_MS,
  );
  await victim?.member.start();
  await Promise.all([bob.leave(), dora.leave()]);
  await expectEvents(
    given,
    'the end',
    ['participant_left bob', 'participant_left dora', 'room_ended'],
    15_000,
  );

  const events = receiver.of(ROOM);
  checks.expect(isOrdered(events), `webhooks of a room came out of order: ${JSON.stringify(events)}`);
  const started = events.filter(({ type }) => type === 'room_started').length;
  checks.expect(started <= 2, `a room in two regions started ${started} times`);
};

/** Whoever empties an edge is told when nobody is on it any more. */
export const drained: Part = async ({ system, checks, receiver }) => {
  const edge = system.edges[1]!;
  const caller = await system.call({ room: 'drained', identity: 'caller', edge });
  const order = await system.adminOf('us').request('POST', `/v1/edges/${edge}/drain`, { windowSeconds: 1 });
  checks.expect(
    order.status === 200,
    `ordering a drain from the other region is answered by ${order.status}`,
  );
  const moved = await holdsWithin(() => caller.edge !== undefined && caller.edge !== edge, 10_000);
  checks.expect(moved, `the caller is still on ${caller.edge}`);
  const told = await holdsWithin(
    () => receiver.distinct.some((event) => event.type === 'edge_drained' && event.edge === edge),
    10_000,
    50,
  );
  checks.expect(told, 'no webhook says that the edge was drained');
  checks.expect(caller.interruptions === 0, 'the caller had to reconnect');
  const back = await system.adminOf('eu').request('POST', `/v1/edges/${edge}/drain`, { resume: true });
  checks.expect(back.status === 200, `letting the edge work again is answered by ${back.status}`);
  await caller.leave();
};
