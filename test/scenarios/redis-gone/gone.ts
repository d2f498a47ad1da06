import type { Expectations } from '@partyline/harness';
import type { Caller } from '../../support/caller.ts';
import { EdgeWatch } from '../../support/edge-watch.ts';
import { nowMs } from '../../support/raw-client.ts';
import { speech } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { Conference } from './conference.ts';
import { Neighbours } from './neighbours.ts';
import { limitMs, type Part, type PartServices } from './part.ts';
import { expectWholeAgain } from './whole.ts';

const OUTAGE_MS = 20_000;
const FULL_OUTAGE_MS = 420_000;
const MAX_GROWTH_MIB = 40;
const BACK_WITHIN_MS = 2_000;
/** Leases run out, and whoever is gone is reaped, within less than this after Redis's return. */
const GHOSTS_AFTER_MS = 12_000;

const allRedis = (system: System) => [...system.cluster.redis.values()].flatMap(({ servers }) => servers);

/** Somebody loses the connection while Redis is away, and is to come back to the edge where the others are. */
const expectReconnect = async (
  { context, checks }: Pick<PartServices, 'context' | 'checks'>,
  lost: Caller,
  heardBy: Caller,
  speaker: Caller,
): Promise<number> => {
  const { edge, spoken } = lost;
  lost.cutOff();
  const cutAtMs = nowMs();
  const isBack = (): boolean =>
    lost.edge !== undefined &&
    lost.interruptions > 0 &&
    (lost.of(speaker.streamId).at(-1)?.arrivedAtMs ?? 0) > cutAtMs + 50 &&
    (heardBy.of(lost.streamId).at(-1)?.arrivedAtMs ?? 0) > cutAtMs + 500;
  const back = await holdsWithin(isBack, 15_000);
  const tookMs = nowMs() - cutAtMs;
  const limit = limitMs(context, BACK_WITHIN_MS);
  checks.expect(back, `gone: whoever lost the connection did not come back (${lost.room.state.phase})`);
  checks.expect(tookMs <= limit, `gone: coming back took ${tookMs.toFixed(0)} ms`);
  checks.expect(lost.edge === edge, `gone: whoever was on ${edge} came back to ${lost.edge}`);
  checks.expect(lost.spoken > spoken, 'gone: whoever came back did not speak');
  return tookMs;
};

const droppedOnBus = async (system: System): Promise<number> => {
  const page = await system.metrics();
  return ['dropped_away', 'dropped_full', 'dropped_old'].reduce(
    (sum, reason) => sum + page.sum('partyline_frames_lost_total', { hop: 'bus', reason }),
    0,
  );
};

const expectWatched = (checks: Expectations, watch: EdgeWatch): void => {
  const { unready, growthMiB, looks } = watch;
  checks.expect(
    looks > 0 && unready.length === 0,
    `gone: an edge was not ready ${unready.length} times, as ${unready[0]}`,
  );
  checks.expect(growthMiB < MAX_GROWTH_MIB, `gone: an edge's memory grew by ${growthMiB.toFixed(1)} MiB`);
};

/** Redis of every region is killed, and is empty when it comes back. */
export const gone: Part = {
  name: 'gone',
  run: async (services) => {
    const { context, system, checks } = services;
    const outageMs = context.full ? FULL_OUTAGE_MS : OUTAGE_MS;
    const talkers = new Talkers();
    const neighbours = await Neighbours.gather(system, talkers, 'gone');
    const conference = await Conference.gather(system, checks, talkers, 'gone-all');
    const { edge, speaker, listener } = neighbours.calls[1]!;
    const clumsy = await system.call({ room: `gone-${edge}`, identity: 'clumsy', edge });
    talkers.say(clumsy, speech(60));
    const watch = await EdgeWatch.start(system.cluster.edges);
    const droppedBefore = await droppedOnBus(system);

    await Promise.all(allRedis(system).map((redis) => redis.kill()));
    const goneAtMs = nowMs();
    await forMs(outageMs / 2);
    const backMs = await expectReconnect(services, clumsy, listener, speaker);
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

    talkers.hush(clumsy);
    const within = await neighbours.expectUntouched(checks, talkers, 'gone');
    conference.expectNobodyLeft(checks, 'gone');
    checks.expect(clumsy.departures.length === 0, 'gone: whoever came back was told that somebody left');
    talkers.stop();
    await watch.stop();
    expectWatched(checks, watch);
    await Promise.all([clumsy.leave(), neighbours.leave(), conference.leave()]);
    return {
      outageMs,
      gapMs,
      lost: missing,
      wholeMs,
      notes: `${within.frames} frames within edges, ${within.lost} lost; back in ${backMs.toFixed(0)} ms; ${dropped} dropped and counted; +${watch.growthMiB.toFixed(0)} MiB`,
    };
  },
};
