import { RedisServer } from '@partyline/redis/server';
import { systemClock } from '@partyline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inboxChannel } from '../channels.ts';
import type { RedisBus } from '../redis/redis-bus.ts';
import { Buses, until } from '../redis/redis-fixture.ts';
import { createIncomingBundles } from './incoming-bundles.ts';
import type { FrameSink, IncomingBundles, OutgoingLink, OutgoingLinks } from './link.ts';
import { BOOT, frameOf, name, OTHER_BOOT } from './media-fixture.ts';
import { createOutgoingLinks } from './outgoing-links.ts';

const at = { prefix: 'p', region: 'eu', edge: 'e2', boot: OTHER_BOOT };
const CHANNELS = [inboxChannel(at, 'a'), inboxChannel(at, 'b')];
const ROOM = name('room');

let redis: RedisServer;
let buses: Buses;
let sender: RedisBus;
let links: OutgoingLinks;
let link: OutgoingLink;
let incoming: IncomingBundles;
let timers: NodeJS.Timeout[];
let appended: number;
let oldestPassedMs: number;

beforeEach(async () => {
  redis = await RedisServer.start();
  buses = new Buses();
  sender = await buses.start(redis.url);
  const receiver = await buses.start(redis.url);
  appended = 0;
  oldestPassedMs = 0;
  const frames: FrameSink['frames'] = (_room, _source, _bytes, _start, _end, _frames, ingressAtMs, nowMs) => {
    oldestPassedMs = Math.max(oldestPassedMs, nowMs - ingressAtMs);
  };
  incoming = createIncomingBundles({ ownSource: OTHER_BOOT }, { sink: { frames } });
  for (const channel of CHANNELS) {
    await receiver.subscribe(channel, (bytes) => incoming.receive(bytes, channel, systemClock.now()));
  }
  links = createOutgoingLinks({ source: BOOT }, { bus: sender, clock: systemClock });
  link = links.open('eu', CHANNELS);
  timers = [
    setInterval(() => links.tick(systemClock.now()), 100),
    setInterval(() => incoming.tick(systemClock.now()), 1_000),
  ];
});
afterEach(async () => {
  for (const timer of timers) clearInterval(timer);
  links.stop();
  await buses.stop();
  await redis.stop();
});

/** Five speakers; returns how to end it. */
const talk = (): (() => void) => {
  const timer = setInterval(() => {
    const nowMs = systemClock.now();
    for (let speaker = 1; speaker <= 5; speaker += 1) {
      const frame = frameOf(speaker, appended & 0xffff, 80);
      link.append(ROOM, frame, 0, frame.length, 0, nowMs);
      appended += 1;
    }
    link.commit(nowMs);
  }, 20);
  timers.push(timer);
  return () => clearInterval(timer);
};

/** Every frame that was appended is passed on, lost, late or dropped, for one reason. */
const booksBalance = (): void => {
  const { frames, droppedAway, droppedFull, droppedOld } = links.stats;
  expect(frames + droppedAway + droppedFull + droppedOld).toBe(appended);
  const received = incoming.stats;
  expect(received.frames + received.lateFrames + received.lostFrames).toBe(frames);
};

describe('links over a real Redis', () => {
  it('invariant 5: nothing is late after a Redis that was frozen, and every frame is accounted for', async () => {
    const hush = talk();
    await until(() => expect(incoming.stats.frames).toBeGreaterThan(100));
    expect(links.stats).toMatchObject({ droppedAway: 0, droppedFull: 0, droppedOld: 0, failedBundles: 0 });
    const before = incoming.stats.frames;
    redis.freeze();
    const thawAt = appended + 1_000;
    await until(() => expect(appended).toBeGreaterThan(thawAt));
    expect(incoming.stats.frames - before).toBeLessThan(50);
    redis.thaw();
    await until(() => expect(incoming.stats.frames - before).toBeGreaterThan(200));
    hush();
    await until(booksBalance);
    // The bound on the way is 300 ms; the rest is what frames waited before it, and a busy machine.
    expect(oldestPassedMs).toBeLessThan(400);
    expect(links.stats.droppedAway + links.stats.droppedOld).toBeGreaterThan(0);
  });

  it('a Redis that was killed and comes back empty is used again, and every frame is accounted for', async () => {
    const hush = talk();
    await until(() => expect(incoming.stats.frames).toBeGreaterThan(100));
    await redis.kill();
    const backAt = appended + 200;
    await until(() => expect(appended).toBeGreaterThan(backAt));
    expect(links.stats.droppedAway).toBeGreaterThan(100);
    await redis.restart();
    const before = incoming.stats.frames;
    await until(() => expect(incoming.stats.frames - before).toBeGreaterThan(100));
    hush();
    await until(booksBalance);
  });
});
