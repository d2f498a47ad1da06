import { inboxChannel, MemoryBus, roomChannel } from '@partyline/bus';
import { type Frame, wireUs } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_REMOTE_STREAMS, REMOTE_STREAM_FORGOTTEN_MS } from '../limits.ts';
import type { Participant } from './participant-fixture.ts';
import { asWritten, first, MediaEdges, sequences } from './relay-fixture.ts';

const ROOM = 'room';
let edges: MediaEdges;

beforeEach(() => {
  edges = new MediaEdges();
});
afterEach(() => edges.stop());

describe('frames between edges', () => {
  it('cross as they were written, in order, once', async () => {
    const [a, b, c] = await edges.start(3);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    edges.connect(ROOM);
    const spoken: Frame[] = [];
    for (let i = 0; i < 50; i++) {
      spoken.push(speaker.speak({ flags: i === 0 ? 0x01 : 0, level: 20 + (i % 7) }));
      await edges.step();
    }
    for (const edge of [b, c]) {
      expect(asWritten(edge.heard(ROOM))).toEqual(asWritten(spoken));
      expect(edge.counters.relay).toMatchObject({
        receivedFrames: 50,
        selectedFrames: 50,
        duplicateFrames: 0,
      });
      expect(edge.relay.received).toMatchObject({ lostFrames: 0, frames: 50 });
    }
    expect(a.counters.relay.sentFrames).toBe(100);
  });

  it('are never published again by an edge that got them (invariant 3)', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    for (let i = 0; i < 20; i++) {
      speaker.speak();
      await edges.step();
    }
    expect(b.heard(ROOM)).toHaveLength(20);
    expect(b.counters.relay.sentFrames).toBe(0);
    expect(b.relay.links.stats.bundles).toBe(0);
    expect(a.counters.relay.receivedFrames).toBe(0);
  });

  it('cost the bus nothing in a room whose listeners are all on one edge (invariant 3)', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    a.join(ROOM, 2);
    b.join('other', 3);
    for (let i = 0; i < 20; i++) {
      speaker.speak();
      await edges.step();
    }
    edges.tick();
    expect(a.heard(ROOM)).toHaveLength(20);
    expect(a.bus.stats.published).toBe(0);
  });

  it('go out though nobody listens on their own edge, and not to a topic there', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    for (let i = 0; i < 10; i++) {
      speaker.speak();
      await edges.step();
    }
    expect(b.heard(ROOM, 1)).toHaveLength(10);
    expect(a.heard(ROOM)).toHaveLength(0);
    expect(a.counters).toMatchObject({ elsewhereFrames: 10, selectedFrames: 0, unheardFrames: 0 });
  });

  it('of a muted or moderated speaker, and late ones, stay on its edge', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    speaker.member.muted = true;
    speaker.speak();
    speaker.member.muted = false;
    speaker.member.moderated = true;
    speaker.speak();
    await edges.step();
    expect(a.relay.links.stats.frames).toBe(0);
    expect(a.counters).toMatchObject({ mutedFrames: 1, moderatedFrames: 1 });
  });

  it('carry to the listener when they reached their first edge', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    // The first finds the link quiet; the others wait in the bundle.
    speaker.speak();
    await edges.deliver();
    edges.clock.advance(1);
    const ingressAtMs = edges.clock.now();
    speaker.speak();
    edges.clock.advance(2);
    speaker.speak();
    edges.clock.advance(5);
    await edges.deliver();
    const last = b.messages(ROOM).at(-1)!;
    expect(last.frames).toHaveLength(2);
    // The network's time is taken as half a millisecond when clocks agree to the last digit.
    expect(Math.abs(last.header.ingressAtUs - wireUs(ingressAtMs))).toBeLessThan(1_000);
    expect(last.header.sentAtUs).toBe(wireUs(edges.clock.now()));
  });

  it('of several rooms in one bundle leave as one message a room', async () => {
    const [a, b] = await edges.start(2);
    const rooms = ['one', 'two', 'three'];
    const speakers = rooms.flatMap((room, index) => {
      b.join(room, 100 + index);
      return [a.join(room, 10 + index), a.join(room, 20 + index)];
    });
    for (const room of rooms) a.room(room).routes.all = [a.linkTo(b)];
    for (const speaker of speakers) speaker.speak();
    await edges.step();
    b.forgetHeard();
    a.linkTo(b);
    for (const speaker of speakers) speaker.speak();
    for (const speaker of speakers) speaker.speak();
    await edges.deliver();
    // The first frame goes at once, the rest together.
    expect(b.messages('two').map(({ frames }) => frames.length)).toEqual([4]);
    expect(b.messages('three').map(({ frames }) => frames.length)).toEqual([4]);
    expect(b.heard('one')).toHaveLength(4);
  });

  it('for a room that is not here are counted', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    speaker.speak();
    await edges.step();
    expect(b.counters.relay).toMatchObject({ receivedFrames: 1, unknownRoomFrames: 1 });
    expect(b.rooms.all.size).toBe(0);
  });

  it('that come by two ways are heard once', async () => {
    const [a, b, c] = await edges.start(3);
    b.join(ROOM, 2);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    c.room(ROOM).routes.all = [c.linkTo(b)];
    // As while a participant moves: the same stream on two edges.
    const before = a.join(ROOM, 1);
    const after = c.join(ROOM, 1, { generation: 2 });
    for (let i = 0; i < 30; i++) {
      before.speak();
      if (i >= 10) after.speak({ sequence: i - 5 });
      await edges.step();
    }
    expect(sequences(b.heard(ROOM, 1))).toEqual(first(30));
    expect(b.counters.relay.duplicateFrames).toBe(20);
  });

  it('are counted and dropped beyond 256 streams of a room, which are forgotten when silent', async () => {
    const [a, b] = await edges.start(2, { lastN: 1 });
    b.join(ROOM, 2);
    const room = a.room(ROOM);
    room.routes.all = [a.linkTo(b)];
    const name = new TextEncoder().encode(ROOM);
    const speakers: Participant[] = [];
    for (let i = 0; i <= MAX_REMOTE_STREAMS; i++) {
      speakers.push(a.join('elsewhere', 1_000 + i, { listens: false }));
    }
    a.room('elsewhere').routes.all = [
      // What is spoken in one room is sent as of another: the bound is the receiver's.
      { ...stubLink, append: (_, ...frame) => room.routes.all[0]!.append(name, ...frame) },
    ];
    for (const speaker of speakers) {
      a.room('elsewhere').selector.remove(speakers[0]!.member.speaker);
      speaker.member.speaker.mode = 'pinned';
      speaker.speak();
      a.room('elsewhere').selector.remove(speaker.member.speaker);
    }
    await edges.step();
    expect(b.room(ROOM).remote.size).toBe(MAX_REMOTE_STREAMS);
    expect(b.counters.relay.tooManyStreamsFrames).toBe(1);
    edges.clock.advance(REMOTE_STREAM_FORGOTTEN_MS);
    edges.tick();
    expect(b.room(ROOM).remote.size).toBe(0);
    expect(b.room(ROOM).selector.forwardedCount).toBe(0);
  });

  it('that are no bundle are counted and harm nobody', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    const inbox = inboxChannel({ prefix: 'test', region: 'here', edge: b.name, boot: b.boot });
    for (const bytes of [[], [1, 2, 3], [0x12], new Array<number>(500).fill(0x12), [0xf2, 0, 0]]) {
      await a.bus.publish(inbox, Uint8Array.from(bytes));
    }
    speaker.speak();
    await edges.step();
    const { malformed, unknownVersion } = b.relay.received;
    expect(malformed + unknownVersion).toBe(5);
    expect(b.heard(ROOM)).toHaveLength(1);
    expect(b.bus.stats.handlerErrors).toBe(0);
  });

  it('are measured and counted by the region they came from', async () => {
    const regionOf = () => 'far';
    const [a, b] = await edges.start(2, { regionOf });
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    for (let i = 0; i < 16; i++) {
      speaker.speak();
      await edges.step();
    }
    expect(b.relay.origins.get('far')?.frames).toBe(16);
    expect(b.latencies.get('far')!.count).toBe(16);
  });

  it('come once the inbox could be subscribed, though both of its channels failed at first', async () => {
    const a = await edges.add();
    const bus = new MemoryBus(edges.hub);
    let failures = 0;
    const subscribe = bus.subscribe.bind(bus);
    bus.subscribe = (...args) => {
      if (failures === 2) return subscribe(...args);
      failures += 1;
      return Promise.reject(new Error('not yet'));
    };
    const b = await edges.add({ bus });
    expect(b.counters.relay.subscribeFailures).toBe(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    speaker.speak();
    await edges.step();
    expect(b.heard(ROOM)).toHaveLength(1);
  });

  it('go by a room channel to every edge that has subscribed it, and not back', async () => {
    const [a, b, c] = await edges.start(3);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    const handles = [];
    for (const edge of edges.all) handles.push(await edge.relay.openRoom(edge.room(ROOM).name));
    a.room(ROOM).routes.all = [a.link('here', [roomChannel({ prefix: 'test', region: 'here' }, ROOM)])];
    for (let i = 0; i < 10; i++) {
      speaker.speak();
      await edges.step();
    }
    expect(b.heard(ROOM, 1)).toHaveLength(10);
    expect(c.heard(ROOM, 1)).toHaveLength(10);
    expect(a.relay.links.stats.frames).toBe(10);
    expect(a.counters.relay).toMatchObject({ receivedFrames: 0, ownStreamFrames: 0 });
    for (const handle of handles) handle.close();
    speaker.speak();
    await edges.step();
    expect(b.heard(ROOM, 1)).toHaveLength(10);
  });
});

const stubLink = {
  channel: 'none',
  region: 'here',
  commit: () => undefined,
  flush: () => undefined,
  refusedSinceMs: undefined,
  stats: {
    bundles: 0,
    frames: 0,
    bytes: 0,
    droppedFull: 0,
    droppedAway: 0,
    droppedOld: 0,
    deafBundles: 0,
    deafFrames: 0,
    failedBundles: 0,
  },
};
