import { beforeEach, describe, expect, it } from 'vitest';
import { BusError } from '../bus.ts';
import { bundleSource, checkBundle } from './bundle.ts';
import type { OutgoingLink, OutgoingLinks } from './link.ts';
import type { LinkLimits } from './link-limits.ts';
import { BOOT, frameOf, ManualTime, name, ScriptedBus, SOURCE, settled } from './media-fixture.ts';
import { createOutgoingLinks } from './outgoing-links.ts';

const ROOM = name('room');
let time: ManualTime;
let bus: ScriptedBus;
let links: OutgoingLinks;

const make = (limits: Partial<LinkLimits> = {}): void => {
  links = createOutgoingLinks(
    { source: BOOT, ...limits },
    { bus, clock: time.clock, schedule: time.schedule },
  );
};
beforeEach(() => {
  time = new ManualTime();
  bus = new ScriptedBus();
  make();
});

let lastSequence = 0;
const put = (link: OutgoingLink, payloadBytes = 80): void => {
  lastSequence += 1;
  const frame = frameOf(1, lastSequence & 0xffff, payloadBytes);
  link.append(ROOM, frame, 0, frame.length, 0, time.nowMs);
  link.commit(time.nowMs);
};
const numbers = (): number[] => bus.published.map(({ sequence }) => sequence);
/** Ticks every 100 ms, as an edge does. */
const pass = async (ms: number): Promise<void> => {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    await time.advance(Math.min(100, ms - passedMs));
    links.tick(time.nowMs);
    await settled();
  }
};

describe('the flush rule (rule 77)', () => {
  it('a quiet link sends at once, one that is not waits 4 ms for more', async () => {
    bus.autoAnswer = 1;
    const link = links.open('eu', ['c']);
    put(link);
    expect(bus.published.map(({ frames }) => frames)).toEqual([1]);
    await time.advance(1);
    put(link);
    await time.advance(1);
    put(link);
    expect(bus.published).toHaveLength(1);
    await time.advance(2);
    expect(bus.published).toHaveLength(1);
    await time.advance(1);
    expect(bus.published.map(({ frames }) => frames)).toEqual([1, 2]);
    await time.advance(5);
    put(link);
    expect(bus.published.map(({ frames }) => frames)).toEqual([1, 2, 1]);
    expect(bus.published.map(({ framesSoFar }) => framesSoFar)).toEqual([1, 3, 4]);
    expect(numbers()).toEqual([0, 1, 2]);
    expect(bundleSource(bus.published[0]!.bytes)).toBe(SOURCE);
    for (const { bytes } of bus.published) expect(typeof checkBundle(bytes)).toBe('number');
  });

  it('an arrival sends what is due where the timer is late', async () => {
    bus.autoAnswer = 1;
    const link = links.open('eu', ['c']);
    put(link);
    put(link);
    // The clock moves, and the loop does not come to its timers.
    time.clock.advance(4);
    put(link);
    expect(bus.published.map(({ frames }) => frames)).toEqual([1, 2]);
    await time.advance(10);
    expect(bus.published).toHaveLength(2);
  });

  it('all links share one timer', async () => {
    bus.autoAnswer = 1;
    const many = Array.from({ length: 10 }, (_, i) => links.open('eu', [`c${i}`]));
    for (const link of many) put(link);
    await time.advance(1);
    for (let i = 0; i < 4; i += 1) for (const link of many) put(link);
    expect([time.pendingTimers, time.timersSet]).toEqual([1, 1]);
    await time.advance(4);
    expect(bus.published).toHaveLength(20);
    expect([time.pendingTimers, time.timersSet]).toEqual([0, 1]);
  });

  it('a link that was committed to later is flushed later, by the same timer set again', async () => {
    bus.autoAnswer = 1;
    const [a, b] = [links.open('eu', ['a']), links.open('eu', ['b'])];
    put(a);
    put(b);
    await time.advance(1);
    put(a);
    await time.advance(3);
    put(b);
    await time.advance(1);
    expect(bus.published.map(({ channel }) => channel)).toEqual(['a', 'b', 'a']);
    await time.advance(3);
    expect(bus.published.map(({ channel }) => channel)).toEqual(['a', 'b', 'a', 'b']);
    expect(time.pendingTimers).toBe(0);
  });

  it('frames beyond one bundle leave before it is full', () => {
    bus.autoAnswer = 1;
    const link = links.open('eu', ['c']);
    put(link);
    for (let i = 0; i < 100; i += 1) put(link, 1_400);
    expect(bus.published.map(({ frames }) => frames)).toEqual([1, 46, 46]);
    expect(bus.published[1]!.bytes.length).toBeLessThanOrEqual(65_536);
    expect(links.stats.droppedFull).toBe(0);
  });
});

describe('bounds of a link', () => {
  it('at most 32 bundles without an answer; what comes meanwhile coalesces and leaves with the first answer', async () => {
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 60; i += 1) {
      put(link);
      await time.advance(5);
    }
    expect(bus.published).toHaveLength(32);
    await bus.published[0]!.answer(1);
    expect(bus.published).toHaveLength(33);
    expect(bus.published[32]!.frames).toBe(28);
    expect(numbers()).toEqual(Array.from({ length: 33 }, (_, i) => i));
    expect(links.stats).toMatchObject({ frames: 60, droppedFull: 0, droppedOld: 0 });
  });

  it('what is older than 300 ms is dropped, not sent, and has no number', async () => {
    make({ answerMs: 60_000 });
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 132; i += 1) {
      put(link);
      await time.advance(5);
    }
    expect(bus.published).toHaveLength(32);
    await bus.published[0]!.answer(1);
    const last = bus.published.at(-1)!;
    expect(last.sequence).toBe(32);
    expect(last.framesSoFar).toBe(32 + last.frames);
    expect(links.stats.droppedOld).toBe(100 - last.frames);
    expect(last.frames).toBeGreaterThanOrEqual(55);
    expect(last.frames).toBeLessThanOrEqual(60);
  });

  it('a bus that never answers: everything stays bounded, and each frame is sent or dropped for one reason', async () => {
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 2_000; i += 1) {
      put(link, 1_400);
      await time.advance(2);
      if (i % 50 === 0) links.tick(time.nowMs);
    }
    await time.advance(10);
    expect(links.stats.bytes).toBeLessThanOrEqual(262_144 + 65_536);
    expect(bus.published.length).toBeLessThanOrEqual(34);
    expect(links.stats.droppedFull).toBeGreaterThan(0);
    links.close(link);
    const { stats } = links;
    expect(stats.frames + stats.droppedFull + stats.droppedOld).toBe(2_000);
    expect(link.stats).toEqual(stats);
  });

  it('at most 256 KiB without an answer over all links to a region; other regions go on', async () => {
    const eu = Array.from({ length: 8 }, (_, i) => links.open('eu', [`eu${i}`]));
    for (const link of eu) for (let i = 0; i < 42; i += 1) put(link, 1_400);
    await time.advance(4);
    const unanswered = bus.published.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(unanswered).toBeLessThanOrEqual(262_144);
    expect(unanswered).toBeGreaterThan(200_000);
    const before = bus.published.length;
    put(links.open('us', ['us']));
    expect(bus.published).toHaveLength(before + 1);
    // Each answer lets others of the region go, until all are through.
    for (let i = 0; i < bus.published.length; i += 1) await bus.published[i]!.answer(1);
    expect(links.stats.frames).toBe(8 * 42 + 1);
    expect(links.stats).toMatchObject({ droppedFull: 0, droppedOld: 0 });
    expect(links.regions.get('eu')!.frames).toBe(8 * 42);
    expect(links.regions.get('us')!.frames).toBe(1);
  });

  it('after 3 s without an answer a bundle is given up, and one at a time is tried', async () => {
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 40; i += 1) {
      put(link);
      await time.advance(5);
    }
    expect(bus.published).toHaveLength(32);
    await pass(4_000);
    expect(links.stats.failedBundles).toBe(32);
    put(link);
    put(link);
    await time.advance(10);
    expect(bus.published).toHaveLength(33);
    await bus.published[32]!.answer(1);
    expect(bus.published.length).toBeGreaterThan(33);
    // An answer that comes after all is not counted twice.
    await bus.published[0]!.answer(0);
    expect(links.stats).toMatchObject({ failedBundles: 32, deafBundles: 0 });
  });

  it('while the bus is away frames are dropped and counted; it is asked a few times a second, and used at once on return', async () => {
    bus.autoAnswer = 1;
    bus.away = true;
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 1_000; i += 1) {
      put(link);
      await time.advance(10);
    }
    const { frames, bundles, failedBundles, droppedAway, droppedFull, droppedOld } = links.stats;
    expect(bundles).toBeLessThanOrEqual(51);
    expect(failedBundles).toBe(bundles);
    expect([frames + droppedAway, droppedFull, droppedOld]).toEqual([1_000, 0, 0]);
    expect(time.nowMs - link.refusedSinceMs!).toBeGreaterThan(9_000);
    bus.away = false;
    await time.advance(200);
    put(link);
    await time.advance(10);
    put(link);
    expect(links.stats).toMatchObject({ failedBundles, droppedAway, frames: frames + 2 });
    expect(link.refusedSinceMs).toBeUndefined();
    expect(numbers()).toEqual(numbers().map((_, i) => i));
  });

  it('a refused bundle counts as failed and keeps its number; frames are dropped for 50 ms', async () => {
    const link = links.open('eu', ['c']);
    put(link);
    await time.advance(1);
    put(link);
    await bus.published[0]!.refuse(new BusError('unavailable', 'away'));
    expect(links.stats).toMatchObject({ failedBundles: 1, droppedAway: 1, frames: 1 });
    await time.advance(48);
    put(link);
    await time.advance(5);
    expect(links.stats.droppedAway).toBe(2);
    put(link);
    await time.advance(5);
    expect(numbers()).toEqual([0, 1]);
    expect(bus.published[1]!.framesSoFar).toBe(2);
  });
});

describe('what is in flight', () => {
  it('is counted by region until it is answered, from the start for regions that are named', async () => {
    links = createOutgoingLinks(
      { source: BOOT, regions: ['eu'] },
      { bus, clock: time.clock, schedule: time.schedule },
    );
    expect([...links.inFlight]).toEqual([['eu', { bundles: 0, bytes: 0 }]]);
    expect([...links.regions.keys()]).toEqual(['eu']);
    put(links.open('eu', ['a']));
    const link = links.open('us', ['b']);
    put(link);
    const { bytes } = link.stats;
    expect(links.inFlight.get('us')).toEqual({ bundles: 1, bytes });
    links.close(link);
    // Its last heartbeat as well.
    expect(links.inFlight.get('us')).toEqual({ bundles: 2, bytes: link.stats.bytes });
    for (const { answer } of bus.published) await answer(1);
    expect([...links.inFlight.values()]).toEqual([
      { bundles: 0, bytes: 0 },
      { bundles: 0, bytes: 0 },
    ]);
  });
});

describe('stopping', () => {
  it('sends what waits, leaves no timer, and opens nothing more', async () => {
    const link = links.open('eu', ['c']);
    put(link);
    put(link);
    links.stop();
    expect(bus.published.map(({ frames }) => frames)).toEqual([1, 1, 0].slice(0, bus.published.length));
    expect(links.stats.frames).toBe(2);
    expect(time.pendingTimers).toBe(0);
    expect(() => links.open('eu', ['d'])).toThrow(/stopped/);
  });

  it('refuses a boot without 16 digits, and links with no channel or three', () => {
    expect(() =>
      createOutgoingLinks({ source: 'x' }, { bus, clock: time.clock, schedule: time.schedule }),
    ).toThrow(RangeError);
    expect(() => links.open('eu', [])).toThrow(/one channel or two/);
    expect(() => links.open('eu', ['a', 'b', 'c'])).toThrow(/not 3/);
  });
});
