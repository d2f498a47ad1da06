import { beforeEach, describe, expect, it } from 'vitest';
import { inboxChannel } from '../channels.ts';
import { createIncomingBundles } from './incoming-bundles.ts';
import type { IncomingBundles } from './link.ts';
import { BundleWriter, EPOCH_MS, OTHER_BOOT, RecordingSink, SOURCE } from './media-fixture.ts';

const INBOX = inboxChannel({ prefix: 'p', region: 'eu', edge: 'e1', boot: OTHER_BOOT });

let sink: RecordingSink;
let transits: number[];
let offsets: Map<string, number>;
let incoming: IncomingBundles;
beforeEach(() => {
  sink = new RecordingSink();
  transits = [];
  offsets = new Map();
  incoming = createIncomingBundles(
    { ownSource: OTHER_BOOT },
    { sink, transit: (ms) => transits.push(ms), offsetMs: (source) => offsets.get(source) },
  );
});

describe('lateness and clocks (rule 80)', () => {
  /** Sends every 20 ms and returns how many frames were passed on. */
  const stream = (
    writer: BundleWriter,
    { fromMs, ms, transitMs }: { fromMs: number; ms: number; transitMs: (sentAtMs: number) => number },
  ): number => {
    const before = sink.frameCount;
    for (let t = fromMs; t < fromMs + ms; t += 20) {
      incoming.receive(writer.next(1, t), INBOX, t + transitMs(t));
    }
    return sink.frameCount - before;
  };

  it.each([0, 5_000, -5_000, 7_200_000, 2_147_483])(
    'clocks that differ by %i ms make nothing late',
    (skewMs) => {
      const writer = new BundleWriter();
      expect(stream(writer, { fromMs: EPOCH_MS, ms: 10_000, transitMs: (t) => skewMs + (t % 7) })).toBe(500);
      expect(incoming.stats.lateBundles).toBe(0);
      expect(Math.max(...transits)).toBeLessThan(8);
      expect(Math.min(...transits)).toBeGreaterThan(0);
      // The time at the first edge comes out in this edge's clock.
      const last = sink.heard.at(-1)!;
      expect(Math.abs(last.ingressAtMs - (EPOCH_MS + 9_980 + skewMs))).toBeLessThan(1);
    },
  );

  it('after a freeze what waited longer than 300 ms is counted and not passed on, the rest is', () => {
    const writer = new BundleWriter();
    stream(writer, { fromMs: EPOCH_MS, ms: 5_000, transitMs: () => 5_000 });
    // Frozen for 20 s; then everything comes at once.
    const thawMs = EPOCH_MS + 25_000;
    const passed = stream(writer, {
      fromMs: EPOCH_MS + 5_000,
      ms: 20_000,
      transitMs: (t) => thawMs - t + 5_000,
    });
    expect(passed).toBe(15);
    expect(incoming.stats).toMatchObject({ lateBundles: 985, lateFrames: 985, lostBundles: 0 });
    expect(stream(writer, { fromMs: thawMs, ms: 1_000, transitMs: () => 5_001 })).toBe(50);
  });

  it('a backlog that empties slowly stays late until it is worked off', () => {
    const writer = new BundleWriter();
    stream(writer, { fromMs: EPOCH_MS, ms: 2_000, transitMs: () => 1 });
    // Twenty seconds of backlog, delivered at twice the pace of voice.
    const fromMs = EPOCH_MS + 2_000;
    const passed = stream(writer, {
      fromMs,
      ms: 40_000,
      transitMs: (t) => Math.max(1, 20_000 - (t - fromMs) / 2),
    });
    const shouldPassMs = 40_000 - (20_000 - 300) * 2;
    expect(passed).toBeGreaterThanOrEqual(shouldPassMs / 20 - 1);
    expect(passed).toBeLessThanOrEqual(shouldPassMs / 20 + 2);
  });

  it('a way that has become longer for good is believed after some seconds', () => {
    const writer = new BundleWriter();
    stream(writer, { fromMs: EPOCH_MS, ms: 2_000, transitMs: () => 40 });
    const fromMs = EPOCH_MS + 2_000;
    stream(writer, { fromMs, ms: 4_000, transitMs: () => 10_040 });
    expect(incoming.stats.lateBundles).toBeGreaterThan(100);
    expect(stream(writer, { fromMs: fromMs + 4_000, ms: 1_000, transitMs: () => 10_041 })).toBe(50);
  });

  it('but not where the clocks are known and say that it is a queue', () => {
    offsets.set(SOURCE, -5_000);
    const writer = new BundleWriter();
    stream(writer, { fromMs: EPOCH_MS, ms: 2_000, transitMs: () => 5_040 });
    expect(transits.at(-1)).toBeCloseTo(40, 1);
    expect(stream(writer, { fromMs: EPOCH_MS + 2_000, ms: 10_000, transitMs: () => 7_000 })).toBe(0);
    expect(incoming.source(SOURCE)!.leastTransitMs).toBeCloseTo(5_040, 1);
  });

  it('with known clocks the first bundle of a source is judged as well', () => {
    offsets.set(SOURCE, 100);
    const writer = new BundleWriter();
    incoming.receive(writer.next(1, EPOCH_MS), INBOX, EPOCH_MS + 15_000);
    expect(incoming.stats).toMatchObject({ lateBundles: 1, frames: 0 });
    incoming.receive(writer.next(1, EPOCH_MS + 20_000), INBOX, EPOCH_MS + 19_940);
    expect(incoming.stats).toMatchObject({ lateBundles: 1, frames: 1 });
    expect(transits.at(-1)).toBeCloseTo(40, 1);
  });

  it('follows clocks that drift apart', () => {
    const writer = new BundleWriter();
    // A hundred parts in a million over ten minutes, each way.
    for (const sign of [1, -1]) {
      incoming = createIncomingBundles(
        { ownSource: OTHER_BOOT },
        { sink, transit: (ms) => transits.push(ms) },
      );
      transits = [];
      stream(writer, {
        fromMs: EPOCH_MS,
        ms: 600_000,
        transitMs: (t) => 3_000 + sign * (t - EPOCH_MS) * 1e-4,
      });
      expect(incoming.stats.lateBundles).toBe(0);
      expect(Math.max(...transits)).toBeLessThan(8);
    }
  });
});
