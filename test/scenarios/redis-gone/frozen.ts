import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs } from '../../support/wait.ts';
import { Bystanders, sentenceOf } from './bystanders.ts';
import { Conference } from './conference.ts';
import type { Part } from './part.ts';
import { expectWholeAgain } from './whole.ts';

const OUTAGE_MS = 20_000;
/**
 * An edge takes no bundle that was under way for 300 ms longer than the quickest one. It judges by its own clock at the moment
 * at which it reads, so a slow reader takes less, not more, and CI has no slack. The next bound of its histogram is looked at:
 * the quickest way and the sender's wait for a bundle come on top.
 */
const ACCEPTED_WITHIN_S = 0.4;
/** From capture to a listener, but for what this very process was late by: the same, two edges and a message's wait. */
const OLDEST_MS = 400;

/** Frames that edges took from other edges, and those of them that were old, by what they measured themselves. */
const accepted = async (system: System): Promise<{ all: number; old: number }> => {
  const page = await system.metrics();
  const bucket = 'partyline_hop_latency_seconds_bucket';
  const all = page.required(bucket, { hop: 'bus', le: '+Inf' });
  return { all, old: all - page.required(bucket, { hop: 'bus', le: String(ACCEPTED_WITHIN_S) }) };
};

/** Redis of one region takes bytes and answers nothing; when it wakes up it works off what it was sent. */
export const frozen: Part = {
  name: 'frozen',
  run: async (services) => {
    const { system, checks } = services;
    const talkers = new Talkers();
    const bystanders = await Bystanders.gather(services, 'frozen', talkers);
    const conference = await Conference.gather(system, checks, talkers, 'frozen-all');
    const [redis] = system.cluster.redis.get('eu')!.servers;
    const stallsBefore = (await system.metrics()).sum('partyline_bus_stalls_total', { bus: 'media' });

    const acceptedBefore = await accepted(system);
    redis!.freeze();
    const frozenAtMs = nowMs();
    await forMs(OUTAGE_MS / 2);
    // In the region whose Redis answers nothing.
    await bystanders.expectReconnect({ stays: true });
    await forMs(Math.max(0, frozenAtMs + OUTAGE_MS - nowMs()));
    const stalls =
      (await system.metrics()).sum('partyline_bus_stalls_total', { bus: 'media' }) - stallsBefore;
    checks.expect(stalls > 0, 'frozen: no edge has counted a stall of its bus');
    redis!.thaw();
    const thawedAtMs = nowMs();
    const wholeMs = await expectWholeAgain(services, 'frozen', conference, thawedAtMs);

    const after = await accepted(system);
    const old = after.old - acceptedBefore.old;
    checks.expect(after.all > acceptedBefore.all, 'frozen: edges have measured nothing since the thaw');
    checks.expect(old === 0, `frozen: edges took ${old} frames that were over 400 ms old`);
    const delays = [...conference.people, ...bystanders.everybody].flatMap(({ frames }) =>
      frames.filter(({ arrivedAtMs }) => arrivedAtMs >= thawedAtMs).map(({ delayMs }) => delayMs),
    );
    const oldestMs = delays.reduce((oldest, ms) => Math.max(oldest, ms), 0);
    checks.expect(
      delays.length > 0 && oldestMs <= OLDEST_MS + talkers.longestTickMs,
      `frozen: a frame ${oldestMs.toFixed(0)} ms old was heard after the thaw`,
    );
    const { longestGapMs: gapMs, missing } = conference.continuity(frozenAtMs - 1_000);
    const within = await bystanders.expectUntouched();
    conference.expectNobodyLeft(checks, 'frozen');
    talkers.stop();
    await Promise.all([bystanders.leave(), conference.leave()]);
    return {
      outageMs: OUTAGE_MS,
      gapMs,
      lost: missing,
      wholeMs,
      notes: `${sentenceOf(within)}; oldest frame after the thaw ${oldestMs.toFixed(0)} ms`,
    };
  },
};
