import { wireUs } from '@partyline/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { inboxChannel, roomChannel } from '../channels.ts';
import { writeBundleHeader } from './bundle.ts';
import { createIncomingBundles, MAX_SOURCES } from './incoming-bundles.ts';
import type { IncomingBundles } from './link.ts';
import {
  BundleWriter,
  EPOCH_MS,
  frameOf,
  OTHER_BOOT,
  RecordingSink,
  SOURCE,
  toHex,
} from './media-fixture.ts';

const at = { prefix: 'p', region: 'eu' };
const [INBOX, INBOX_B] = (['a', 'b'] as const).map((which) =>
  inboxChannel({ ...at, edge: 'e1', boot: OTHER_BOOT }, which),
) as [string, string];
const WIDE = roomChannel(at, 'room');

let sink: RecordingSink;
let incoming: IncomingBundles;
beforeEach(() => {
  sink = new RecordingSink();
  incoming = createIncomingBundles({ ownSource: OTHER_BOOT }, { sink });
});

const receive = (bytes: Uint8Array, channel = INBOX, nowMs = EPOCH_MS + 1): void =>
  incoming.receive(bytes, channel, nowMs);
/** What is missing by now does not come any more. */
const settle = (): void => incoming.tick(EPOCH_MS + 10_000);

describe('taking bundles apart', () => {
  it('passes runs of frames on, room by room, unchanged', () => {
    receive(new BundleWriter().next(3, EPOCH_MS, EPOCH_MS, ['one', 'two']));
    expect(sink.heard.map(({ room, source, frames }) => [room, source, frames])).toEqual([
      ['one', SOURCE, 1],
      ['two', SOURCE, 1],
      ['one', SOURCE, 1],
    ]);
    expect(sink.heard[1]!.hex).toBe(toHex(frameOf(1, 1)));
    expect(incoming.stats).toMatchObject({ bundles: 1, frames: 3 });
  });

  it('names of rooms are told apart although they are looked up by their bytes', () => {
    const rooms = Array.from({ length: 5_000 }, (_, i) => `r${i}`);
    const writer = new BundleWriter();
    for (const room of rooms) receive(writer.next(1, EPOCH_MS, EPOCH_MS, [room]));
    for (const room of rooms) receive(writer.next(1, EPOCH_MS, EPOCH_MS, [room]));
    expect(sink.heard.map(({ room }) => room)).toEqual([...rooms, ...rooms]);
  });

  it('ignores its own bundles, and counts malformed and unknown ones', () => {
    receive(new BundleWriter({ source: 'ffffffff00004000' }).next());
    expect(incoming.stats.bundles).toBe(0);
    const bundle = new BundleWriter().next();
    receive(bundle.subarray(0, bundle.length - 1));
    receive(new Uint8Array());
    const other = bundle.slice();
    other[0] = 0x22;
    receive(other);
    other[0] = 0x1f;
    receive(other);
    expect(incoming.stats).toMatchObject({ bundles: 0, malformed: 2, unknownVersion: 2 });
    expect(sink.heard).toEqual([]);
  });

  it('never throws, whatever comes', () => {
    const valid = new BundleWriter().next(3);
    const bent = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const bytes = valid.slice();
        for (const [index, value] of changes) bytes[index] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(bent, fc.uint8Array({ maxLength: 100 })), (bytes) => receive(bytes, WIDE)),
      { numRuns: 1_000 },
    );
  });
});

describe('numbers and loss (rules 72 and 79)', () => {
  it('a gap is exactly what is missing, by bundle and by frame, and a heartbeat shows the last loss', () => {
    const writer = new BundleWriter();
    receive(writer.next(2));
    writer.next(3);
    writer.next(5);
    receive(writer.next(1));
    writer.next(7);
    settle();
    expect(incoming.stats).toMatchObject({ lostBundles: 2, lostFrames: 8 });
    receive(writer.next(0));
    incoming.tick(EPOCH_MS + 20_000);
    expect(incoming.stats).toMatchObject({ lostBundles: 3, lostFrames: 15, heartbeats: 1, bundles: 3 });
  });

  it('an inbox expects all of a link, a room channel what comes from its subscription on', () => {
    const [toInbox, toRoom] = [new BundleWriter(), new BundleWriter()];
    toInbox.next(2);
    toRoom.next(2);
    receive(toInbox.next(1), INBOX);
    receive(toRoom.next(1), WIDE);
    settle();
    expect(incoming.stats).toMatchObject({ lostBundles: 1, lostFrames: 2 });
  });

  it('a link that is heard first far from its start was forgotten here, and is not lost', () => {
    receive(new BundleWriter({ sequence: 5_000, framesSoFar: 80_000 }).next(1), INBOX);
    settle();
    expect(incoming.stats).toMatchObject({ bundles: 1, lostBundles: 0, lostFrames: 0 });
  });

  it('a link that was opened again counts anew, from 0', () => {
    const [first, second] = [new BundleWriter({ link: 3 }), new BundleWriter({ link: 4 })];
    for (let i = 0; i < 10; i += 1) receive(first.next());
    second.next(4);
    receive(second.next());
    receive(first.next());
    settle();
    expect(incoming.stats).toMatchObject({ bundles: 11, lostBundles: 1, lostFrames: 4, duplicateBundles: 1 });
  });

  it('a room channel that was left and joined again has lost nothing meanwhile', () => {
    const writer = new BundleWriter();
    receive(writer.next(), WIDE);
    writer.next();
    receive(writer.next(), WIDE);
    incoming.forget(WIDE);
    expect(incoming.stats).toMatchObject({ lostBundles: 1 });
    writer.next();
    receive(writer.next(), WIDE);
    settle();
    expect(incoming.stats).toMatchObject({ lostBundles: 1, bundles: 3 });
  });

  it('the two channels of an inbox are one numbering; what comes after all by the other is passed on', () => {
    const writer = new BundleWriter();
    receive(writer.next(1), INBOX);
    const slow = [writer.next(2), writer.next(3)];
    receive(writer.next(1), INBOX_B);
    receive(slow[1]!, INBOX);
    receive(slow[0]!, INBOX);
    receive(slow[0]!, INBOX);
    settle();
    expect(sink.frameCount).toBe(7);
    expect(incoming.stats).toMatchObject({ lostBundles: 0, lostFrames: 0, duplicateBundles: 1, bundles: 4 });
  });

  it('what comes later than 64 bundles or 1 s counts as lost, and is not passed on any more', () => {
    const writer = new BundleWriter();
    receive(writer.next());
    const slow = writer.next(2);
    for (let i = 0; i < 63; i += 1) receive(writer.next());
    expect(incoming.stats.lostBundles).toBe(0);
    receive(writer.next());
    expect(incoming.stats).toMatchObject({ lostBundles: 1, lostFrames: 2 });
    receive(slow);
    expect(incoming.stats).toMatchObject({ lostBundles: 1, lostFrames: 2, duplicateBundles: 1, frames: 65 });
  });

  it('numbers wrap around', () => {
    const writer = new BundleWriter({ sequence: 0xffff_fffe, framesSoFar: 0xffff_fffd });
    receive(writer.next(2), WIDE);
    writer.next(3);
    receive(writer.next(2), WIDE);
    settle();
    expect(incoming.stats).toMatchObject({ lostBundles: 1, lostFrames: 3, frames: 4 });
  });

  it('counts exactly what was injected under drops, duplicates and reorders', () => {
    const event = fc.record({
      frames: fc.nat(6),
      fate: fc.oneof(
        { weight: 6, arbitrary: fc.constant('pass' as const) },
        { weight: 3, arbitrary: fc.constant('drop' as const) },
        { weight: 1, arbitrary: fc.constant('double' as const) },
        { weight: 2, arbitrary: fc.constant('delay' as const) },
      ),
      delay: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 300 }), (events) => {
        sink = new RecordingSink();
        incoming = createIncomingBundles({ ownSource: OTHER_BOOT }, { sink });
        const writer = new BundleWriter();
        const arrivals: { place: number; bytes: Uint8Array }[] = [];
        const injected = { lostBundles: 0, lostFrames: 0, duplicateBundles: 0, bundles: 0, frames: 0 };
        for (const [i, { frames, fate, delay }] of events.entries()) {
          const bytes = writer.next(frames);
          if (fate === 'drop') {
            injected.lostBundles += 1;
            injected.lostFrames += frames;
            continue;
          }
          injected.bundles += 1;
          injected.frames += frames;
          arrivals.push({ place: fate === 'delay' ? i + delay + 0.5 : i, bytes });
          if (fate === 'double') {
            arrivals.push({ place: i + delay + 0.5, bytes });
            injected.duplicateBundles += 1;
          }
        }
        arrivals.push({ place: Number.POSITIVE_INFINITY, bytes: writer.next(0) });
        injected.bundles += 1;
        arrivals.sort((a, b) => a.place - b.place);
        for (const { bytes } of arrivals) receive(bytes, INBOX);
        settle();
        expect(incoming.stats).toMatchObject(injected);
        expect(sink.frameCount).toBe(injected.frames);
      }),
      { numRuns: 300 },
    );
  });

  it('a loss longer than the window is counted in full', () => {
    const writer = new BundleWriter();
    receive(writer.next());
    for (let i = 0; i < 500; i += 1) writer.next(2);
    receive(writer.next());
    settle();
    expect(incoming.stats).toMatchObject({ lostBundles: 500, lostFrames: 1_000 });
  });
});

describe('sources', () => {
  it('are known while they are heard, and forgotten after a minute of silence', () => {
    receive(new BundleWriter().next());
    expect(incoming.source(SOURCE)).toMatchObject({ source: SOURCE, heardAtMs: EPOCH_MS + 1 });
    incoming.tick(EPOCH_MS + 59_000);
    expect(incoming.source(SOURCE)).toBeDefined();
    incoming.tick(EPOCH_MS + 61_000);
    expect(incoming.source(SOURCE)).toBeUndefined();
  });

  it('numbers outlive the silence of an outage', () => {
    const writer = new BundleWriter();
    for (let i = 0; i < 10; i += 1) receive(writer.next());
    incoming.tick(EPOCH_MS + 600_000);
    receive(writer.next(1, EPOCH_MS + 600_000), INBOX, EPOCH_MS + 600_001);
    settle();
    expect(incoming.stats).toMatchObject({ bundles: 11, lostBundles: 0 });
  });

  it('a restarted edge is another source', () => {
    const before = new BundleWriter();
    for (let i = 0; i < 10; i += 1) receive(before.next());
    receive(new BundleWriter({ source: '1111111122224333' }).next());
    settle();
    expect(incoming.stats).toMatchObject({ bundles: 11, lostBundles: 0, duplicateBundles: 0 });
  });

  it('are bounded: of too many the longest silent goes, unless it was heard just now', () => {
    const heartbeat = new Uint8Array(28);
    const from = (i: number, nowMs: number): void => {
      const source = new Uint8Array(8);
      new DataView(source.buffer).setUint32(4, i);
      writeBundleHeader(heartbeat, source, 0, 0, 0, 0, wireUs(nowMs));
      incoming.receive(heartbeat, INBOX, nowMs);
    };
    for (let i = 0; i < MAX_SOURCES; i += 1) from(i, EPOCH_MS + i);
    from(MAX_SOURCES, EPOCH_MS + MAX_SOURCES);
    expect(incoming.stats.refusedBundles).toBe(1);
    from(MAX_SOURCES, EPOCH_MS + 20_000);
    expect(incoming.stats.refusedBundles).toBe(1);
    expect(incoming.source('0000000000000000')).toBeUndefined();
    expect(incoming.source('0000000000000001')).toBeDefined();
  });
});
