import { nowMs } from '../../support/raw-client.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs } from '../../support/wait.ts';
import { Bystanders, sentenceOf } from './bystanders.ts';
import { Conference } from './conference.ts';
import type { Part, PartServices } from './part.ts';
import { inboxShard, roomShard, type Shard } from './shards.ts';

/** In CI as well: with three times as much nothing that can happen in the time watched would be too long. */
const MAX_GAP_MS = 3_000;
const WATCHED_MS = 5_000;

/** Moves the slot of a channel to another master during a call. */
const move = async (
  { checks }: PartServices,
  what: string,
  conference: Conference,
  { cluster, slot, owner, channel }: Shard,
): Promise<{ gapMs: number; lost: number }> => {
  const next = (owner + 1) % cluster.masters.length;
  const movedAtMs = nowMs();
  await cluster.moveSlot(slot, next);
  await forMs(WATCHED_MS);
  checks.expect(conference.flowsSince(nowMs() - 500), `slot: after the move of ${what} voice does not go on`);
  const { longestGapMs: gapMs, missing: lost } = conference.continuity(movedAtMs - 1_000);
  checks.expect(gapMs <= MAX_GAP_MS, `slot: a gap of ${gapMs.toFixed(0)} ms at ${what}`);
  const there = (await cluster.masters[next]!.command('PUBSUB', 'SHARDNUMSUB', channel)) as [string, number];
  checks.expect(there[1] > 0, `slot: nobody has subscribed ${what} at its new master`);
  conference.expectNobodyLeft(checks, 'slot');
  return { gapMs, lost };
};

/** The slot of a channel of a Redis Cluster is given to another master during a call. */
export const slot: Part = {
  name: 'slot',
  run: async (services) => {
    const { system, checks } = services;
    const talkers = new Talkers();
    const bystanders = await Bystanders.gather(services, 'slot', talkers);
    const conference = await Conference.gather(system, checks, talkers, 'slot-all');
    const lastInbox = await inboxShard(system, system.edges.at(-1)!);
    const [inbox] = await Promise.all([
      move(services, 'an inbox', conference, lastInbox),
      bystanders.expectReconnect({ stays: false }),
    ]);
    const room = await move(
      services,
      "a room's channel",
      conference,
      await roomShard(system, 'eu', conference.room),
    );
    const within = await bystanders.expectUntouched();
    talkers.stop();
    await Promise.all([bystanders.leave(), conference.leave()]);
    return {
      outageMs: 0,
      gapMs: Math.max(inbox.gapMs, room.gapMs),
      lost: inbox.lost + room.lost,
      wholeMs: Math.max(inbox.gapMs, room.gapMs),
      notes: `gap with an inbox's slot ${inbox.gapMs.toFixed(0)} ms, with a room's ${room.gapMs.toFixed(0)} ms; ${sentenceOf(within)}`,
    };
  },
};
