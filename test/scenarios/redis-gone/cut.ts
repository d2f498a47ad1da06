import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { Bystanders, sentenceOf } from './bystanders.ts';
import { Conference } from './conference.ts';
import type { Part } from './part.ts';

/** In CI as well: an edge that only notices a cut by its silence would need no less. */
const MAX_GAP_MS = 1_000;
/** As a subscriber is cut by default at 32 MB, here at what one burst makes. */
const LIMIT_BYTES = 65_536;
const BURST_BYTES = 200_000;
const TIMES = 3;

const counts = async (system: System): Promise<{ cuts: number; resubscribes: number; lost: number }> => {
  const page = await system.metrics();
  return {
    cuts: page.sum('partyline_bus_cuts_total', { bus: 'media' }),
    resubscribes: page.sum('partyline_bus_resubscribes_total', { bus: 'media' }),
    lost: ['lost', 'late'].reduce(
      (sum, reason) => sum + page.sum('partyline_frames_lost_total', { hop: 'bus', reason }),
      0,
    ),
  };
};

/**
 * Redis closes the connection of a subscriber that lets its output buffer grow over its limit. Nobody is let come back
 * meanwhile: by another edge their voice would cross the bus as well, and losses could not be told apart.
 */
export const cut: Part = {
  name: 'cut',
  run: async (services) => {
    const { system, checks } = services;
    const talkers = new Talkers();
    const bystanders = await Bystanders.gather(services, 'cut', talkers);
    const conference = await Conference.gather(system, checks, talkers, 'cut-all');
    const [redis] = system.cluster.redis.get('eu')!.servers;
    const [edge] = system.edges;
    const before = await counts(system);
    const beganAtMs = nowMs();
    const limit = 'client-output-buffer-limit';
    const [, usual] = (await redis!.command('CONFIG', 'GET', limit)) as [string, string];
    await redis!.command('CONFIG', 'SET', limit, `pubsub ${LIMIT_BYTES} 0 0`);
    const channels = (await redis!.command('PUBSUB', 'CHANNELS', `*:inbox-a:${edge}:*`)) as string[];
    checks.expect(channels.length === 1, `cut: ${edge} has ${channels.length} inboxes instead of one`);
    for (let i = 0; i < TIMES; i++) {
      await redis!.command('PUBLISH', channels[0]!, Buffer.alloc(BURST_BYTES));
      const noticed = await holdsWithin(
        async () => (await counts(system)).cuts - before.cuts > i,
        5_000,
        100,
      );
      checks.expect(noticed, `cut: no edge has noticed cut ${i + 1} of ${TIMES}`);
      await forMs(1_500);
    }
    await redis!.command('CONFIG', 'SET', limit, usual);
    checks.expect(conference.flowsSince(nowMs() - 500), 'cut: voice does not go on');
    talkers.hush(...conference.speakers);
    // Two heartbeats, and the time after which what is missing counts as lost.
    await forMs(4_000);
    const { longestGapMs: gapMs, missing } = conference.continuity(beganAtMs - 1_000);
    const after = await counts(system);
    const [cuts, resubscribes, lost] = [
      after.cuts - before.cuts,
      after.resubscribes - before.resubscribes,
      after.lost - before.lost,
    ];
    checks.expect(cuts === TIMES, `cut: ${cuts} cuts are counted instead of ${TIMES}`);
    checks.expect(resubscribes >= 2 * TIMES, `cut: only ${resubscribes} channels were subscribed anew`);
    checks.expect(missing === lost, `cut: ${missing} frames are missing, ${lost} are counted as lost`);
    checks.expect(gapMs <= MAX_GAP_MS, `cut: a gap of ${gapMs.toFixed(0)} ms was heard`);
    conference.expectNobodyLeft(checks, 'cut');
    const within = await bystanders.expectUntouched();
    talkers.stop();
    await Promise.all([bystanders.leave(), conference.leave()]);
    return {
      outageMs: 0,
      gapMs,
      lost: missing,
      wholeMs: gapMs,
      notes: `${cuts} cuts, ${resubscribes} channels subscribed anew, ${lost} frames counted as lost; ${sentenceOf(within)}`,
    };
  },
};
