import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs } from '../../support/wait.ts';
import { Bystanders, sentenceOf } from './bystanders.ts';
import { Conference } from './conference.ts';
import type { Part } from './part.ts';
import { expectWholeAgain } from './whole.ts';

const OUTAGE_MS = 20_000;
const FULL_OUTAGE_MS = 420_000;
/** Leases run out, and whoever is gone is reaped, within less than this after Redis's return. */
const GHOSTS_AFTER_MS = 12_000;

const allRedis = (system: System) => [...system.cluster.redis.values()].flatMap(({ servers }) => servers);

const droppedOnBus = async (system: System): Promise<number> => {
  const page = await system.metrics();
  return ['dropped_away', 'dropped_full', 'dropped_old'].reduce(
    (sum, reason) => sum + page.sum('partyline_frames_lost_total', { hop: 'bus', reason }),
    0,
  );
};

/** Redis of every region is killed, and is empty when it comes back. */
export const gone: Part = {
  name: 'gone',
  run: async (services) => {
    const { context, system, checks } = services;
    const outageMs = context.full ? FULL_OUTAGE_MS : OUTAGE_MS;
    const talkers = new Talkers();
    const bystanders = await Bystanders.gather(services, 'gone', talkers);
    const conference = await Conference.gather(system, checks, talkers, 'gone-all');
    const droppedBefore = await droppedOnBus(system);

    await Promise.all(allRedis(system).map((redis) => redis.kill()));
    const goneAtMs = nowMs();
    await forMs(outageMs / 2);
    await bystanders.expectReconnect({ stays: true });
    await forMs(Math.max(0, goneAtMs + outageMs - nowMs()));
    const dropped = (await droppedOnBus(system)) - droppedBefore;
    checks.expect(dropped > 0, 'gone: no frame was counted as dropped while the bus was away');
    await Promise.all(allRedis(system).map((redis) => redis.restart()));
    const wholeMs = await expectWholeAgain(services, 'gone', conference, nowMs());
    await forMs(GHOSTS_AFTER_MS);
    checks.expect(
      conference.lists(),
      'gone: some time after the return the lists of participants differ again',
    );
    const { longestGapMs: gapMs, missing } = conference.continuity(goneAtMs - 1_000);

    const within = await bystanders.expectUntouched();
    conference.expectNobodyLeft(checks, 'gone');
    talkers.stop();
    await Promise.all([bystanders.leave(), conference.leave()]);
    return {
      outageMs,
      gapMs,
      lost: missing,
      wholeMs,
      notes: `${sentenceOf(within)}; ${dropped} dropped and counted`,
    };
  },
};
