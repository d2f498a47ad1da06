import { roomChannel } from '@partyline/bus';
import { FaultInjector } from '../../support/faults/fault-injector.ts';
import type { Wish } from '../../support/faults/faults.ts';
import { nowMs } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { Conference } from './conference.ts';
import type { Part } from './part.ts';

const LOSS_SHARE = 0.3;
const LOSSY_MS = 8_000;
/** A heartbeat shows the last gap, and what is missing for a second or two counts as lost. */
const SETTLED_WITHIN_MS = 8_000;

interface Losses {
  bundles: number;
  frames: number;
}

const counted = async (system: System): Promise<Losses> => {
  const page = await system.metrics();
  return {
    bundles: page.sum('partyline_bus_bundles_lost_total'),
    frames: page.sum('partyline_frames_lost_total', { hop: 'bus', reason: 'lost' }),
  };
};

const lateFrames = async (system: System): Promise<number> =>
  (await system.metrics()).sum('partyline_frames_lost_total', { hop: 'bus', reason: 'late' });

/** How many edges of a region have subscribed the channel of a room. */
const subscribers = async (system: System, region: string, room: string): Promise<number> => {
  const [redis] = system.cluster.redis.get(region)!.servers;
  const channel = roomChannel({ prefix: 'partyline', region }, room);
  return ((await redis!.command('PUBSUB', 'NUMSUB', channel)) as [string, number])[1];
};

/** The injectors of all edges together. */
class Injectors {
  readonly #all: readonly { injector: FaultInjector; region: string }[];
  readonly #wide: { region: string; edges: number };

  private constructor(
    all: readonly { injector: FaultInjector; region: string }[],
    wide: { region: string; edges: number },
  ) {
    this.#all = all;
    this.#wide = wide;
  }

  /** @param region where the room has a channel of its own, which every edge there has subscribed */
  static async of({ cluster: { edges } }: System, region: string): Promise<Injectors> {
    const all = await Promise.all(
      edges.map(async (edge) => ({ injector: await FaultInjector.of(edge.member), region: edge.region })),
    );
    return new Injectors(all, { region, edges: edges.filter((edge) => edge.region === region).length });
  }

  async set(wish: Wish): Promise<void> {
    await Promise.all(this.#all.map(({ injector }) => injector.set(wish)));
  }

  /** What receivers must miss: a bundle to an inbox once, one to a room's channel on each edge but the sender. */
  async missed(): Promise<Losses> {
    const sum: Losses = { bundles: 0, frames: 0 };
    for (const { injector, region } of this.#all) {
      const { inbox, room } = await injector.injected();
      const receivers = this.#wide.edges - (region === this.#wide.region ? 1 : 0);
      sum.bundles += inbox.bundles + room.bundles * receivers;
      sum.frames += inbox.frames + room.frames * receivers;
    }
    return sum;
  }
}

/** Of the bundles between edges 30 % are lost: what receivers count is what was lost, to the bundle and the frame. */
export const lossy: Part = {
  name: 'lossy',
  run: async ({ context, system, checks }) => {
    const talkers = new Talkers();
    const conference = await Conference.gather(system, checks, talkers, 'lossy-all');
    const wide = system.cluster.edges.filter(({ region }) => region === 'eu').length;
    const inUse = await holdsWithin(
      async () => (await subscribers(system, 'eu', conference.room)) === wide,
      5_000,
      100,
    );
    checks.expect(inUse, "lossy: the room's channel is not subscribed by all edges of its region");
    const injectors = await Injectors.of(system, 'eu');
    await forMs(2_000);
    const before = await counted(system);
    await injectors.set({ lossShare: LOSS_SHARE });
    const beganAtMs = nowMs();
    await forMs(LOSSY_MS);
    await injectors.set({ lossShare: 0 });
    await forMs(500);
    talkers.hush(...conference.speakers);

    const missed = await injectors.missed();
    const now = async (): Promise<Losses> => {
      const { bundles, frames } = await counted(system);
      return { bundles: bundles - before.bundles, frames: frames - before.frames };
    };
    await holdsWithin(async () => (await now()).bundles >= missed.bundles, SETTLED_WITHIN_MS, 200);
    // Nothing may come on top.
    await forMs(2_500);
    const found = await now();
    checks.expect(missed.bundles > 100, `lossy: only ${missed.bundles} bundles were lost on purpose`);
    checks.expect(
      found.bundles === missed.bundles,
      `lossy: ${missed.bundles} bundles were lost and ${found.bundles} are counted`,
    );
    checks.expect(
      found.frames === missed.frames,
      `lossy: ${missed.frames} frames were lost and ${found.frames} are counted`,
    );
    const { longestGapMs: gapMs, missing } = conference.continuity(beganAtMs - 1_000);
    const late = await lateFrames(system);
    checks.expect(
      missing === missed.frames + late,
      `lossy: ${missed.frames} frames were lost, ${late} came late, and listeners miss ${missing}`,
    );
    conference.expectNobodyLeft(checks, 'lossy');
    talkers.stop();
    await conference.leave();
    context.say(`lossy: repeat it with --seed ${context.options.get('seed') ?? 1}`);
    return {
      outageMs: LOSSY_MS,
      gapMs,
      lost: missing,
      wholeMs: 0,
      notes: `lost on purpose ${missed.bundles} bundles, ${missed.frames} frames; counted ${found.bundles}, ${found.frames}`,
    };
  },
};
