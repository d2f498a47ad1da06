import { nowMs } from '../../support/raw-client.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs } from '../../support/wait.ts';
import { Conference } from './conference.ts';
import { Neighbours } from './neighbours.ts';
import { limitMs, type Part } from './part.ts';
import { expectWholeAgain } from './whole.ts';

const OUTAGE_MS = 20_000;
/** From capture to a listener's ear, but for what the ear's own buffer adds. */
const OLDEST_MS = 300;

/** Redis of one region takes bytes and answers nothing; when it wakes up it works off what it was sent. */
export const frozen: Part = {
  name: 'frozen',
  run: async (services) => {
    const { context, system, checks } = services;
    const talkers = new Talkers();
    const neighbours = await Neighbours.gather(system, talkers, 'frozen');
    const conference = await Conference.gather(system, checks, talkers, 'frozen-all');
    const [redis] = system.cluster.redis.get('eu')!.servers;
    const stallsBefore = (await system.metrics()).sum('partyline_bus_stalls_total', { bus: 'media' });

    redis!.freeze();
    const frozenAtMs = nowMs();
    await forMs(OUTAGE_MS);
    const stalls =
      (await system.metrics()).sum('partyline_bus_stalls_total', { bus: 'media' }) - stallsBefore;
    checks.expect(stalls > 0, 'frozen: no edge has counted a stall of its bus');
    redis!.thaw();
    const thawedAtMs = nowMs();
    const wholeMs = await expectWholeAgain(services, 'frozen', conference, thawedAtMs);

    const delays = [...conference.people, ...neighbours.everybody].flatMap(({ frames }) =>
      frames.filter(({ arrivedAtMs }) => arrivedAtMs >= thawedAtMs).map(({ delayMs }) => delayMs),
    );
    const oldestMs = delays.reduce((oldest, ms) => Math.max(oldest, ms), 0);
    checks.expect(
      delays.length > 0 && oldestMs <= limitMs(context, OLDEST_MS),
      `frozen: a frame ${oldestMs.toFixed(0)} ms old was heard after the thaw`,
    );
    const { longestGapMs: gapMs, missing } = conference.continuity(frozenAtMs - 1_000);
    const within = await neighbours.expectUntouched(checks, talkers, 'frozen');
    conference.expectNobodyLeft(checks, 'frozen');
    talkers.stop();
    await Promise.all([neighbours.leave(), conference.leave()]);
    return {
      outageMs: OUTAGE_MS,
      gapMs,
      lost: missing,
      wholeMs,
      notes: `${within.frames} frames within edges, ${within.lost} lost; oldest frame after the thaw ${oldestMs.toFixed(0)} ms`,
    };
  },
};
