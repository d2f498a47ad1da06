import { nowMs } from '../../support/raw-client.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { Bystanders, sentenceOf } from './bystanders.ts';
import { Conference } from './conference.ts';
import type { Part, PartServices } from './part.ts';
import { inboxShard, roomShard, type Shard, untilTaking } from './shards.ts';
import { expectWholeAgain } from './whole.ts';

const OUTAGE_MS = 8_000;
/** In CI as well: with three times as much a gap as long as the outage itself would pass. */
const MAX_GAP_MS = 3_000;

/** Kills the master of a channel during a call, and starts it again. */
const lose = async (
  services: PartServices,
  what: string,
  { conference, bystanders }: { conference: Conference; bystanders: Bystanders },
  shard: Shard,
): Promise<{ gapMs: number; lost: number; wholeMs: number }> => {
  const { checks } = services;
  const { cluster, owner } = shard;
  const part = `cluster-master (${what})`;
  await cluster.killMaster(owner);
  const killedAtMs = nowMs();
  await forMs(OUTAGE_MS / 4);
  await bystanders.expectReconnect({ stays: false });
  await forMs(Math.max(0, killedAtMs + OUTAGE_MS / 2 - nowMs()));
  const goesOn = await holdsWithin(() => conference.flowsSince(killedAtMs + OUTAGE_MS / 2), OUTAGE_MS / 2);
  checks.expect(goesOn, `${part}: voice does not go on without the master`);
  await forMs(Math.max(0, killedAtMs + OUTAGE_MS - nowMs()));
  await cluster.masters[owner]!.restart();
  const wholeMs = await expectWholeAgain(services, part, conference, nowMs());
  await untilTaking(shard);
  const { longestGapMs: gapMs, missing: lost } = conference.continuity(killedAtMs - 1_000);
  checks.expect(gapMs <= MAX_GAP_MS, `${part}: a gap of ${gapMs.toFixed(0)} ms was heard`);
  conference.expectNobodyLeft(checks, part);
  return { gapMs, lost, wholeMs };
};

/** A master of a Redis Cluster without replicas is killed during a call. */
export const clusterMaster: Part = {
  name: 'cluster-master',
  run: async (services) => {
    const { system, checks } = services;
    const talkers = new Talkers();
    const bystanders = await Bystanders.gather(services, 'cluster-master', talkers);
    const inRoom = await Conference.gather(system, checks, talkers, 'master-all');
    const lastInbox = await inboxShard(system, system.edges.at(-1)!);
    const inbox = await lose(services, 'inbox', { conference: inRoom, bystanders }, lastInbox);
    talkers.hush(...inRoom.speakers);
    await inRoom.leave();
    const wide = await Conference.gather(system, checks, talkers, 'master-wide');
    const channel = await roomShard(system, 'eu', wide.room);
    const room = await lose(services, 'room', { conference: wide, bystanders }, channel);
    const within = await bystanders.expectUntouched();
    talkers.stop();
    await Promise.all([bystanders.leave(), wide.leave()]);
    return {
      outageMs: OUTAGE_MS,
      gapMs: Math.max(inbox.gapMs, room.gapMs),
      lost: inbox.lost + room.lost,
      wholeMs: Math.max(inbox.wholeMs, room.wholeMs),
      notes: `gap with an inbox's master ${inbox.gapMs.toFixed(0)} ms, with a room's ${room.gapMs.toFixed(0)} ms; ${sentenceOf(within)}`,
    };
  },
};
