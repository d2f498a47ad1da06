import { type Bus, type BusHandler, type BusSubscription, MemoryBus } from '@partyline/bus';
import { createMetrics } from '@partyline/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unaccounted } from '../media/unaccounted.ts';
import { exportMetrics } from '../metrics.ts';
import type { Participant } from './participant-fixture.ts';
import { type MediaEdge, MediaEdges } from './relay-fixture.ts';

/** Loses what the test says, silently, as a network between two sockets would. */
class LossyBus implements Bus {
  readonly #inner: Bus;
  readonly #loses: () => boolean;
  readonly #answer: number;
  lost = 0;

  constructor(inner: Bus, loses: () => boolean, answer = 1) {
    this.#inner = inner;
    this.#loses = loses;
    this.#answer = answer;
  }

  get stats() {
    return this.#inner.stats;
  }

  start = (): Promise<void> => this.#inner.start();
  stop = (): Promise<void> => this.#inner.stop();
  subscribe = (channel: string, handler: BusHandler): Promise<BusSubscription> =>
    this.#inner.subscribe(channel, handler);

  publish(channel: string, bytes: Uint8Array): Promise<number> {
    if (!this.#loses()) return this.#inner.publish(channel, bytes);
    this.lost += 1;
    return Promise.resolve(this.#answer);
  }
}

const ROOMS = ['one', 'two'];

const totals = (edges: readonly MediaEdge[]) => {
  let sent = 0;
  let arrived = 0;
  let missing = 0;
  for (const { relay } of edges) {
    sent += relay.links.stats.frames;
    arrived += relay.received.frames + relay.received.lateFrames;
    missing += relay.received.lostFrames;
  }
  return { sent, arrived, missing };
};

/** The sentences of test/support/books.ts about one edge, on its counters. */
const expectBalance = ({ counters, relay, fanOut }: MediaEdge): void => {
  const { relay: between } = counters;
  expect(
    counters.lateFrames +
      counters.mutedFrames +
      counters.heldFrames +
      counters.selectedFrames +
      counters.elsewhereFrames +
      counters.unheardFrames,
  ).toBe(counters.uplinkFrames);
  expect(
    between.unknownRoomFrames +
      between.tooManyStreamsFrames +
      between.duplicateFrames +
      between.ownStreamFrames +
      between.heldFrames +
      between.unheardFrames +
      between.selectedFrames,
  ).toBe(between.receivedFrames);
  expect(between.receivedFrames).toBe(relay.received.frames);
  expect(
    counters.selectedFrames + counters.preRollFrames + between.selectedFrames + between.preRollFrames,
  ).toBe(counters.forwardedFrames);
  expect(new Unaccounted(counters, fanOut).frames).toBe(0);
  const { frames, droppedFull, droppedAway, droppedOld } = relay.links.stats;
  expect(frames + droppedFull + droppedAway + droppedOld).toBe(between.sentFrames);
};

interface Turn {
  speaker: number;
  level: number;
  active: boolean;
  muted: boolean;
}

const turn = fc.record<Turn>({
  speaker: fc.nat(5),
  level: fc.integer({ min: 10, max: 90 }),
  active: fc.boolean(),
  muted: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const run = async (steps: readonly Turn[][], loses: () => boolean): Promise<MediaEdges> => {
  const edges = new MediaEdges();
  for (let i = 0; i < 3; i++) await edges.add({ bus: new LossyBus(new MemoryBus(edges.hub), loses) });
  const speakers: Participant[] = [];
  for (let i = 0; i < 6; i++) speakers.push(edges.all[i % 3]!.join(ROOMS[i % 2]!, i + 1));
  for (const [index, edge] of edges.all.entries()) edge.join('one', 100 + index);
  for (const room of ROOMS) edges.connect(room);
  for (const turns of steps) {
    for (const { speaker, level, active, muted } of turns) {
      speakers[speaker]!.member.muted = muted;
      speakers[speaker]!.speak({ level, active });
    }
    await edges.step();
    edges.tick();
  }
  return edges;
};

/** Heartbeats show the last loss; what is missing for a second does not come any more. */
const settle = async (edges: MediaEdges): Promise<void> => {
  for (let i = 0; i < 40; i++) {
    edges.clock.advance(100);
    edges.tick();
    await edges.deliver();
  }
};

describe('the books of media between edges', () => {
  it('balance on each edge, whatever is said and lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(turn, { maxLength: 8 }), { maxLength: 60 }),
        fc.infiniteStream(fc.nat(9)),
        async (steps, dice) => {
          let heals = false;
          const edges = await run(steps, () => !heals && dice.next().value! < 3);
          heals = true;
          await settle(edges);
          for (const edge of edges.all) expectBalance(edge);
          const { sent, arrived, missing } = totals(edges.all);
          expect(arrived + missing).toBe(sent);
          await edges.stop();
        },
      ),
      { numRuns: 20 },
    );
  }, 30_000);

  it('hold no loss when nothing is lost', async () => {
    const edges = await run(
      Array.from({ length: 50 }, () =>
        [0, 1, 2, 3, 4, 5].map((speaker) => ({ speaker, level: 20, active: true, muted: false })),
      ),
      () => false,
    );
    await settle(edges);
    const { sent, arrived, missing } = totals(edges.all);
    expect(sent).toBeGreaterThan(500);
    expect(missing).toBe(0);
    expect(arrived).toBe(sent);
    await edges.stop();
  });

  it('are exported, by region', async () => {
    const edges = new MediaEdges();
    const near = await edges.add({ region: 'eu', regionOf: () => 'us' });
    const far = await edges.add({ region: 'us', regionOf: () => 'eu' });
    const speaker = near.join('one', 1);
    far.join('one', 2);
    edges.connect('one');
    for (let i = 0; i < 10; i++) {
      speaker.speak();
      await edges.step();
    }
    const out = await page(near);
    const inwards = await page(far);
    expect(out).toContain(
      'partyline_frames_total{hop="bus",source="edge",direction="out",from_region="eu",to_region="us"} 10',
    );
    expect(inwards).toContain(
      'partyline_frames_total{hop="bus",source="edge",direction="in",from_region="eu",to_region="us"} 10',
    );
    for (const reason of ['dropped_full', 'dropped_away', 'dropped_old']) {
      expect(out).toContain(
        `partyline_frames_lost_total{hop="bus",source="edge",reason="${reason}",from_region="eu",to_region="us"} 0`,
      );
    }
    for (const reason of ['lost', 'late', 'unknown_room', 'too_many_streams']) {
      expect(inwards).toContain(
        `partyline_frames_lost_total{hop="bus",source="edge",reason="${reason}",to_region="us"} 0`,
      );
    }
    expect(out).toContain('partyline_bus_up{bus="media"} 1');
    expect(out).toContain('partyline_selector_frames_total{decision="elsewhere"} 10');
    expect(out).toContain('partyline_bus_bundles_total{direction="out"} 10');
    expect(inwards).toContain('partyline_bus_selector_frames_total{decision="selected"} 10');
    await edges.stop();
  });
});

const page = async ({ counters, relay, region, bus }: MediaEdge): Promise<string> => {
  const metrics = createMetrics({ processMetrics: false });
  const buses = { media: bus, control: bus };
  exportMetrics(metrics, counters, {
    unaccounted: { chosen: 0, frames: 0 },
    relay: { region, relay, counters: counters.relay, buses },
  });
  return (await metrics.render()).body;
};
