import { setImmediate as turn } from 'node:timers/promises';
import {
  FLAG_PRE_ROLL,
  FLAG_SPURT_START,
  frameFlags,
  frameSequence,
  frameStreamId,
} from '@partyline/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bus } from '../bus.ts';
import { inboxChannel } from '../channels.ts';
import { MemoryBus, MemoryBusHub } from '../memory-bus.ts';
import { bundleFrames } from './bundle.ts';
import { createIncomingBundles } from './incoming-bundles.ts';
import type { FrameSink } from './link.ts';
import { BOOT, frameOf, ManualTime, name, OTHER_BOOT } from './media-fixture.ts';
import { createOutgoingLinks } from './outgoing-links.ts';

const CHANNEL = inboxChannel({ prefix: 'p', region: 'eu', edge: 'e2', boot: OTHER_BOOT });

/** Loses what `loses` says after it was accepted, as a Redis that drops a subscriber's buffer does. */
const losing = (bus: Bus, loses: (bytes: Uint8Array) => boolean): Bus => ({
  start: () => bus.start(),
  stop: () => bus.stop(),
  subscribe: (channel, handler) => bus.subscribe(channel, handler),
  publish: (channel, bytes) => (loses(bytes) ? Promise.resolve(1) : bus.publish(channel, bytes)),
  get stats() {
    return bus.stats;
  },
});

interface Passed {
  room: string;
  streamId: number;
  sequence: number;
  flags: number;
}

describe('from link to bundle and back', () => {
  it('invariant 7: with random loss every frame handed over is passed on or counted as lost, exactly', async () => {
    const arrival = fc.record({
      gapMs: fc.constantFrom(0, 0, 1, 2, 7),
      room: fc.constantFrom('one', 'two'),
      frames: fc.integer({ min: 1, max: 4 }),
      lost: fc.nat(9).map((dice) => dice < 3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 120 }), async (arrivals) => {
        const time = new ManualTime();
        const hub = new MemoryBusHub();
        const [near, far] = [new MemoryBus(hub), new MemoryBus(hub)];
        await Promise.all([near.start(), far.start()]);
        const injected = { bundles: 0, frames: 0 };
        let publications = 0;
        const bus = losing(near, (bytes) => {
          const lost = arrivals[publications % arrivals.length]!.lost && bundleFrames(bytes) > 0;
          publications += 1;
          if (lost) {
            injected.bundles += 1;
            injected.frames += bundleFrames(bytes);
          }
          return lost;
        });
        const passed: Passed[] = [];
        const frames: FrameSink['frames'] = (room, _source, bytes, start, end) => {
          for (let o = start; o < end; o += 16 + ((bytes[o]! << 8) | bytes[o + 1]!)) {
            passed.push({
              room,
              streamId: frameStreamId(bytes, o),
              sequence: frameSequence(bytes, o),
              flags: frameFlags(bytes, o),
            });
          }
        };
        const incoming = createIncomingBundles({ ownSource: OTHER_BOOT }, { sink: { frames } });
        await far.subscribe(CHANNEL, (bytes, channel) => incoming.receive(bytes, channel, time.nowMs));
        const links = createOutgoingLinks(
          { source: BOOT },
          { bus, clock: time.clock, schedule: time.schedule },
        );
        const link = links.open('eu', [CHANNEL]);
        const rooms = { one: name('one'), two: name('two') } as const;
        let sent = 0;
        for (const { gapMs, room, frames: count } of arrivals) {
          await time.advance(gapMs);
          for (let i = 0; i < count; i += 1) {
            const frame = frameOf(room === 'one' ? 1 : 2, sent & 0xffff, 20);
            frame[2] = FLAG_SPURT_START;
            link.append(rooms[room as 'one' | 'two'], frame, 0, frame.length, FLAG_PRE_ROLL, time.nowMs);
            sent += 1;
          }
          link.commit(time.nowMs);
        }
        // The heartbeat shows what was lost last.
        for (let passedMs = 0; passedMs < 1_200; passedMs += 100) {
          await time.advance(100);
          links.tick(time.nowMs);
        }
        await turn();
        await turn();
        incoming.tick(time.nowMs + 5_000);
        expect(links.stats).toMatchObject({ frames: sent, droppedFull: 0, droppedOld: 0, droppedAway: 0 });
        expect(incoming.stats).toMatchObject({
          lostBundles: injected.bundles,
          lostFrames: injected.frames,
          frames: sent - injected.frames,
          bundles: links.stats.bundles - injected.bundles,
          malformed: 0,
        });
        expect(passed).toHaveLength(sent - injected.frames);
        for (const [i, frame] of passed.entries()) {
          expect(frame.flags).toBe(FLAG_SPURT_START | FLAG_PRE_ROLL);
          expect(frame.room).toBe(frame.streamId === 1 ? 'one' : 'two');
          if (i > 0) expect(frame.sequence).toBeGreaterThan(passed[i - 1]!.sequence);
        }
        await Promise.all([near.stop(), far.stop()]);
      }),
      { numRuns: 60 },
    );
  });

  it('a frame to ten links is the same on each', async () => {
    const time = new ManualTime();
    const bus = new MemoryBus();
    await bus.start();
    const heard: string[] = [];
    const links = createOutgoingLinks({ source: BOOT }, { bus, clock: time.clock, schedule: time.schedule });
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const channel = inboxChannel({ prefix: 'p', region: 'eu', edge: `e${i}`, boot: OTHER_BOOT });
        const frames: FrameSink['frames'] = (room, source, bytes, start, end) =>
          heard.push(`${room} ${source.source} ${Buffer.from(bytes.subarray(start, end)).toString('hex')}`);
        const incoming = createIncomingBundles({ ownSource: OTHER_BOOT }, { sink: { frames } });
        await bus.subscribe(channel, (bytes) => incoming.receive(bytes, channel, time.nowMs));
        return links.open('eu', [channel]);
      }),
    );
    const room = name('one');
    // The same buffer is used again and again, as an edge's are.
    const frame = frameOf(1, 1, 20);
    for (const value of [1, 2, 3]) {
      frame.fill(value, 16);
      for (const link of all) link.append(room, frame, 0, frame.length, 0, time.nowMs);
    }
    for (const link of all) link.commit(time.nowMs);
    await turn();
    await turn();
    expect(heard).toHaveLength(10);
    expect(new Set(heard).size).toBe(1);
    expect(heard[0]).toMatch(/(01){20}.*(02){20}.*(03){20}$/);
    await bus.stop();
  });
});
