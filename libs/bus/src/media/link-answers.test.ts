import { beforeEach, describe, expect, it } from 'vitest';
import { BusError } from '../bus.ts';
import { bundleIsHeartbeat, bundleLink } from './bundle.ts';
import type { OutgoingLink, OutgoingLinks } from './link.ts';
import type { LinkLimits } from './link-limits.ts';
import { BOOT, frameOf, ManualTime, name, ScriptedBus, settled } from './media-fixture.ts';
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

describe('heartbeats and deaf channels', () => {
  it('rule 76: a link that sent nothing for 1 s sends a heartbeat, with a number and no frames', async () => {
    bus.autoAnswer = 1;
    const link = links.open('eu', ['c']);
    put(link);
    await pass(3_000);
    expect(bus.published.map(({ bytes }) => bundleIsHeartbeat(bytes))).toEqual([false, true, true, true]);
    expect(numbers()).toEqual([0, 1, 2, 3]);
    expect(bus.published.map(({ framesSoFar }) => framesSoFar)).toEqual([1, 1, 1, 1]);
  });

  it('the last holder ends the link with a heartbeat; opened again it is another link, numbered from 0', async () => {
    bus.autoAnswer = 1;
    const link = links.open('eu', ['c']);
    expect(links.open('eu', ['c'])).toBe(link);
    put(link);
    links.close(link);
    put(link);
    await time.advance(4);
    expect(numbers()).toEqual([0, 1]);
    links.close(link);
    expect(bundleIsHeartbeat(bus.published[2]!.bytes)).toBe(true);
    links.close(link);
    await pass(2_000);
    expect(bus.published).toHaveLength(3);
    const again = links.open('eu', ['c']);
    expect(again).not.toBe(link);
    put(again);
    expect(bus.published[3]).toMatchObject({ sequence: 0, framesSoFar: 1 });
    expect(bundleLink(bus.published[3]!.bytes)).toBeGreaterThan(bundleLink(bus.published[0]!.bytes));
    put(link);
    expect(links.stats.droppedAway).toBe(1);
  });

  it('an answer of 0 is counted, and reported at most once a second', async () => {
    bus.autoAnswer = 0;
    const deaf: string[] = [];
    links.onDeaf = ({ channel }) => deaf.push(channel);
    const link = links.open('eu', ['c']);
    for (let i = 0; i < 100; i += 1) {
      put(link);
      await time.advance(20);
    }
    expect(link.stats).toMatchObject({ deafBundles: 100, deafFrames: 100 });
    expect(deaf).toEqual(['c', 'c']);
  });
});

describe('two channels of an inbox (rule 78)', () => {
  const channels = (): string[] => bus.published.map(({ channel }) => channel);

  it('goes on by the other one after 300 ms without an answer, with the same numbering', async () => {
    const link = links.open('eu', ['a', 'b']);
    for (let i = 0; i < 40; i += 1) {
      put(link);
      await time.advance(20);
      if (i % 5 === 0) links.tick(time.nowMs);
    }
    const switchedAt = channels().indexOf('b');
    expect(switchedAt).toBeGreaterThanOrEqual(15);
    expect(switchedAt).toBeLessThanOrEqual(17);
    expect(numbers()).toEqual(numbers().map((_, i) => i));
    expect(links.stats.frames + links.stats.droppedFull + links.stats.droppedOld).toBe(40);
  });

  it('the bound of one channel does not hold up the other', async () => {
    const link = links.open('eu', ['a', 'b']);
    for (let i = 0; i < 32; i += 1) {
      put(link);
      await time.advance(5);
    }
    put(link);
    expect(bus.published).toHaveLength(32);
    await pass(300);
    expect(channels().slice(32)).toEqual(['b']);
    expect(bus.published[32]!.frames).toBe(1);
  });

  it('goes to the other one at an answer of 0, but not to and fro, and reports it deaf only when both are', async () => {
    const deaf: string[] = [];
    links.onDeaf = ({ channel }) => deaf.push(channel);
    const link = links.open('eu', ['a', 'b']);
    const turn = async (reached: number): Promise<void> => {
      put(link);
      await bus.published.at(-1)!.answer(reached);
      await time.advance(20);
    };
    await turn(0);
    expect(deaf).toEqual([]);
    await turn(0);
    expect(deaf).toEqual(['a']);
    await turn(0);
    expect(channels()).toEqual(['a', 'b', 'b']);
    await time.advance(300);
    await turn(0);
    await turn(1);
    expect(channels()).toEqual(['a', 'b', 'b', 'b', 'a']);
    expect(link.stats.deafBundles).toBe(4);
  });

  it('what waits goes by the other one when the bus refuses the first', async () => {
    const link = links.open('eu', ['a', 'b']);
    put(link);
    await time.advance(1);
    put(link);
    await bus.published[0]!.refuse(new BusError('unavailable', 'its master is away'));
    await time.advance(4);
    expect(channels()).toEqual(['a', 'b']);
    expect(links.stats).toMatchObject({ failedBundles: 1, droppedAway: 0 });
  });
});
