import { inboxChannel, MemoryBusHub, roomChannel } from '@partyline/bus';
import {
  FLAG_PRE_ROLL,
  FLAG_SELECTION_END,
  FLAG_SELECTION_START,
  type Frame,
  MUTABLE_FLAGS,
  type StreamId,
  wireUs,
} from '@partyline/protocol';
import { ManualClock } from '@partyline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_REMOTE_STREAMS, REMOTE_STREAM_FORGOTTEN_MS } from '../limits.ts';
import { connect, delivered, MediaEdge, type MediaEdgeOptions, type Participant } from './relay-fixture.ts';

const ROOM = 'room';
let hub: MemoryBusHub;
let clock: ManualClock;
let edges: MediaEdge[];

beforeEach(() => {
  hub = new MemoryBusHub();
  clock = new ManualClock(1_700_000_000_000);
  edges = [];
});
afterEach(async () => {
  for (const edge of edges) await edge.stop();
});

const startEdges = async (count: number, options: MediaEdgeOptions = {}): Promise<MediaEdge[]> => {
  for (let index = 1; index <= count; index++) {
    edges.push(await new MediaEdge(index, hub, clock, options).start());
  }
  return edges;
};

/** 20 ms pass; what was sent arrives. */
const step = async (): Promise<void> => {
  await delivered(edges);
  clock.advance(20);
};

const tickAll = (): void => {
  for (const edge of edges) {
    edge.relay.tick(clock.now());
    for (const room of edge.rooms.all.values()) room.selector.tick(clock.now());
  }
};

/** Frames as their sender wrote them: but for what edges may change. */
const asWritten = (frames: readonly Frame[]): Frame[] =>
  frames.map((frame) => ({
    ...frame,
    flags: frame.flags & ~MUTABLE_FLAGS,
    payload: Uint8Array.from(frame.payload),
  }));

const sequences = (frames: readonly Frame[]): number[] => frames.map(({ sequence }) => sequence);

describe('frames between edges', () => {
  it('cross as they were written, in order, once', async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    connect(ROOM, edges);
    const spoken: Frame[] = [];
    for (let i = 0; i < 50; i++) {
      spoken.push(speaker.speak({ flags: i === 0 ? 0x01 : 0, level: 20 + (i % 7) }));
      await step();
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
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    for (let i = 0; i < 20; i++) {
      speaker.speak();
      await step();
    }
    expect(b.heard(ROOM)).toHaveLength(20);
    expect(b.counters.relay.sentFrames).toBe(0);
    expect(b.relay.links.stats.bundles).toBe(0);
    expect(a.counters.relay.receivedFrames).toBe(0);
  });

  it('cost the bus nothing in a room whose listeners are all on one edge (invariant 3)', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    a.join(ROOM, 2);
    b.join('other', 3);
    for (let i = 0; i < 20; i++) {
      speaker.speak();
      await step();
    }
    tickAll();
    expect(a.heard(ROOM)).toHaveLength(20);
    expect(a.bus.stats.published).toBe(0);
  });

  it('go out though nobody listens on their own edge, and not to a topic there', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    for (let i = 0; i < 10; i++) {
      speaker.speak();
      await step();
    }
    expect(b.heard(ROOM, 1)).toHaveLength(10);
    expect(a.heard(ROOM)).toHaveLength(0);
    expect(a.counters).toMatchObject({ elsewhereFrames: 10, selectedFrames: 0, unheardFrames: 0 });
  });

  it('of a muted or moderated speaker, and late ones, stay on its edge', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    speaker.member.muted = true;
    speaker.speak();
    speaker.member.muted = false;
    speaker.member.moderated = true;
    speaker.speak();
    await step();
    expect(a.relay.links.stats.frames).toBe(0);
    expect(a.counters).toMatchObject({ mutedFrames: 1, moderatedFrames: 1 });
  });

  it('carry to the listener when they reached their first edge', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    // The first finds the link quiet; the others wait in the bundle.
    speaker.speak();
    await delivered(edges);
    clock.advance(1);
    const ingressAtMs = clock.now();
    speaker.speak();
    clock.advance(2);
    speaker.speak();
    clock.advance(5);
    await delivered(edges);
    const last = b.messages(ROOM).at(-1)!;
    expect(last.frames).toHaveLength(2);
    // The network's time is taken as half a millisecond when clocks agree to the last digit.
    expect(Math.abs(last.header.ingressAtUs - wireUs(ingressAtMs))).toBeLessThan(1_000);
    expect(last.header.sentAtUs).toBe(wireUs(clock.now()));
  });

  it('of several rooms in one bundle leave as one message a room', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const rooms = ['one', 'two', 'three'];
    const speakers = rooms.flatMap((room, index) => {
      b.join(room, 100 + index);
      return [a.join(room, 10 + index), a.join(room, 20 + index)];
    });
    for (const room of rooms) a.room(room).routes.all = [a.linkTo(b)];
    for (const speaker of speakers) speaker.speak();
    await step();
    b.forgetHeard();
    a.linkTo(b);
    for (const speaker of speakers) speaker.speak();
    for (const speaker of speakers) speaker.speak();
    await delivered(edges);
    // The first frame goes at once, the rest together.
    expect(b.messages('two').map(({ frames }) => frames.length)).toEqual([4]);
    expect(b.messages('three').map(({ frames }) => frames.length)).toEqual([4]);
    expect(b.heard('one')).toHaveLength(4);
  });

  it('for a room that is not here are counted', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    connect(ROOM, [a]);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    speaker.speak();
    await step();
    expect(b.counters.relay).toMatchObject({ receivedFrames: 1, unknownRoomFrames: 1 });
    expect(b.rooms.all.size).toBe(0);
  });

  it('that come by two ways are heard once', async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    b.join(ROOM, 2);
    a.room(ROOM).routes.all = [a.linkTo(b)];
    c.room(ROOM).routes.all = [c.linkTo(b)];
    // As while a participant moves: the same stream on two edges.
    const before = a.join(ROOM, 1);
    const after = c.join(ROOM, 1, { generation: 2 });
    for (let i = 0; i < 30; i++) {
      before.speak();
      if (i >= 10) after.speak({ sequence: i - 5 });
      await step();
    }
    expect(sequences(b.heard(ROOM, 1))).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(b.counters.relay.duplicateFrames).toBe(20);
  });

  it('are counted and dropped beyond 256 streams of a room, which are forgotten when silent', async () => {
    const [a, b] = (await startEdges(2, { lastN: 1 })) as [MediaEdge, MediaEdge];
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
    await step();
    expect(b.room(ROOM).remote.size).toBe(MAX_REMOTE_STREAMS);
    expect(b.counters.relay.tooManyStreamsFrames).toBe(1);
    clock.advance(REMOTE_STREAM_FORGOTTEN_MS);
    tickAll();
    expect(b.room(ROOM).remote.size).toBe(0);
    expect(b.room(ROOM).selector.forwardedCount).toBe(0);
  });

  it('that are no bundle are counted and harm nobody', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    const inbox = inboxChannel({ prefix: 'test', region: 'here', edge: b.name, boot: b.boot });
    for (const bytes of [[], [1, 2, 3], [0x12], new Array<number>(500).fill(0x12), [0xf2, 0, 0]]) {
      await a.bus.publish(inbox, Uint8Array.from(bytes));
    }
    speaker.speak();
    await step();
    const { malformed, unknownVersion } = b.relay.received;
    expect(malformed + unknownVersion).toBe(5);
    expect(b.heard(ROOM)).toHaveLength(1);
    expect(b.bus.stats.handlerErrors).toBe(0);
  });

  it('are measured and counted by the region they came from', async () => {
    const regionOf = () => 'far';
    const [a, b] = (await startEdges(2, { regionOf })) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    for (let i = 0; i < 16; i++) {
      speaker.speak();
      await step();
    }
    expect([...b.relay.origins].map(([region, { frames }]) => [region, frames])).toEqual([['far', 16]]);
    expect(b.latencies.get('far')!.count).toBe(2);
  });

  it('go by a room channel to every edge that has subscribed it, and not back', async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    const handles = [];
    for (const edge of edges) handles.push(await edge.relay.openRoom(edge.room(ROOM).name));
    a.room(ROOM).routes.all = [a.link('here', [roomChannel({ prefix: 'test', region: 'here' }, ROOM)])];
    for (let i = 0; i < 10; i++) {
      speaker.speak();
      await step();
    }
    expect(b.heard(ROOM, 1)).toHaveLength(10);
    expect(c.heard(ROOM, 1)).toHaveLength(10);
    expect(a.relay.links.stats.frames).toBe(10);
    expect(a.counters.relay).toMatchObject({ receivedFrames: 0, ownStreamFrames: 0 });
    for (const handle of handles) handle.close();
    speaker.speak();
    await step();
    expect(b.heard(ROOM, 1)).toHaveLength(10);
  });
});

describe('selection across edges', () => {
  it('lets every listener hear the loudest three of five, and stops the others at their edges', async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    // Loudest first, in turn on each edge; quieter by 6 dB each.
    const speakers = [a, b, c, a, b].map((edge, index) => edge.join(ROOM, index + 1));
    // What a speaker says does not come back to it, so each edge needs another listener.
    for (const [index, edge] of edges.entries()) edge.join(ROOM, 100 + index);
    connect(ROOM, edges);
    const talk = async (frames: number): Promise<void> => {
      for (let i = 0; i < frames; i++) {
        for (const [index, speaker] of speakers.entries()) speaker.speak({ level: 12 + 6 * index });
        await step();
        if (i % 5 === 0) tickAll();
      }
    };
    await talk(60);
    for (const edge of edges) edge.forgetHeard();
    const sentBefore = edges.map((edge) => edge.counters.relay.sentFrames);
    await talk(50);
    for (const edge of edges) {
      const streams = new Set(edge.heard(ROOM).map(({ streamId }) => streamId));
      expect([...streams].sort()).toEqual([1, 2, 3]);
      expect(edge.heard(ROOM)).toHaveLength(150);
    }
    // Each edge sends its one of the three to two others; the two quiet ones cost nothing.
    expect(edges.map((edge, index) => edge.counters.relay.sentFrames - sentBefore[index]!)).toEqual([
      100, 100, 100,
    ]);
  });

  it('promotes a stream of another edge with what came before first', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    for (let i = 0; i < 5; i++) {
      speaker.speak({ active: false, level: 90 });
      await step();
    }
    expect(b.heard(ROOM)).toHaveLength(0);
    speaker.speak();
    await step();
    const heard = b.heard(ROOM);
    expect(sequences(heard)).toEqual([2, 3, 4, 5]);
    expect(heard.map(({ flags }) => flags)).toEqual([
      FLAG_PRE_ROLL | FLAG_SELECTION_START,
      FLAG_PRE_ROLL,
      FLAG_PRE_ROLL,
      0,
    ]);
    expect(b.counters.relay).toMatchObject({
      receivedFrames: 4,
      heldFrames: 3,
      preRollFrames: 3,
      selectedFrames: 1,
    });
  });

  it('ends a stream where its own edge ends it', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    speaker.speak();
    await step();
    expect(b.room(ROOM).selector.forwardedCount).toBe(1);
    a.room(ROOM).setSelection(speaker.member, 'excluded');
    speaker.member.speaker.standing = 'selected';
    speaker.speak();
    await step();
    expect(b.heard(ROOM).map(({ flags }) => flags)).toEqual([FLAG_SELECTION_START, FLAG_SELECTION_END]);
    expect(b.room(ROOM).selector.forwardedCount).toBe(0);
  });

  it('brings a stream that is not selected to the edge where a listener always wants it, and only there', async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    const quiet = a.join(ROOM, 1);
    const fan = b.join(ROOM, 2);
    b.join(ROOM, 3);
    c.join(ROOM, 4);
    connect(ROOM, edges);
    fan.subscribe(1, 'always');
    a.room(ROOM).routes.wanted.set(1, [a.linkTo(b)]);
    for (let i = 0; i < 10; i++) {
      quiet.speak({ active: false, level: 80 });
      await step();
    }
    expect(sequences(fan.ownFrames(1))).toEqual(Array.from({ length: 10 }, (_, index) => index));
    expect(fan.ownFrames(1).every(({ flags }) => flags === 0)).toBe(true);
    expect(b.heard(ROOM, 1)).toHaveLength(0);
    expect(c.counters.relay.receivedFrames).toBe(0);
    // Once it speaks, the fan gets each frame once, the others the pre-roll.
    quiet.speak();
    await step();
    expect(sequences(fan.ownFrames(1)).slice(-2)).toEqual([9, 10]);
    expect(sequences(b.heard(ROOM, 1))).toEqual([7, 8, 9, 10]);
    expect(sequences(c.heard(ROOM, 1))).toEqual([7, 8, 9, 10]);
    expect(b.counters.relay.duplicateFrames).toBe(3);
  });

  it('holds back a stream of another edge that a moderator has excluded', async () => {
    const [a, b] = (await startEdges(2)) as [MediaEdge, MediaEdge];
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    connect(ROOM, edges);
    b.room(ROOM).selectionOf = () => 'excluded';
    speaker.speak();
    await step();
    expect(b.heard(ROOM)).toHaveLength(0);
    expect(b.counters.relay.heldFrames).toBe(1);
    b.room(ROOM).selectionOf = () => 'auto';
    clock.advance(1_000);
    tickAll();
    speaker.speak();
    await step();
    expect(b.heard(ROOM)).toHaveLength(1);
  });
});

describe('a stream that moves between edges', () => {
  const moving = async () => {
    const [a, b, c] = (await startEdges(3)) as [MediaEdge, MediaEdge, MediaEdge];
    const before = a.join(ROOM, 1);
    a.join(ROOM, 4);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    connect(ROOM, edges);
    for (let i = 0; i < 10; i++) {
      before.speak();
      await step();
    }
    return { a, b, c, before };
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

  it('is heard whole and without a break on every edge', async () => {
    const { a, b, c, before } = await moving();
    const after = b.join(ROOM, 1, { generation: 2 });
    after.member.shadow = true;
    before.speak();
    await step();
    // The last frames by the old way come after the first ones by the new.
    after.member.shadow = false;
    before.speak();
    after.speak({ sequence: 12 });
    await step();
    before.member.movedAway = true;
    for (let i = 13; i < 20; i++) {
      after.speak({ sequence: i });
      await step();
    }
    a.room(ROOM).remove(before.member);
    for (let i = 20; i < 30; i++) {
      after.speak({ sequence: i });
      await step();
    }
    for (const edge of [a, b, c]) {
      const heard = edge.heard(ROOM, 1);
      expect(sequences(heard).sort((x, y) => x - y)).toEqual(upTo(30));
      // Selected once, at the start: it was never taken out.
      expect(heard.filter(({ flags }) => flags !== 0).map(({ sequence }) => sequence)).toEqual([0]);
      expect(edge.counters.selector.promotions).toBe(1);
      expect(edge.counters.relay.ownStreamFrames).toBe(0);
    }
  });

  it('is taken from its new edge before the old one hears that it has gone', async () => {
    const { a, b, before } = await moving();
    const after = b.join(ROOM, 1, { generation: 2 });
    for (let i = 10; i < 14; i++) {
      after.speak({ sequence: i });
      await step();
    }
    before.member.movedAway = true;
    expect(sequences(a.heard(ROOM, 1))).toEqual(upTo(14));
  });

  it('shares its level and standing with the member, here and back', async () => {
    const { b, before } = await moving();
    const remote = b.room(ROOM).remote.speakerOf(1);
    const after = b.join(ROOM, 1, { generation: 2 });
    expect(after.member.speaker).toBe(remote);
    after.member.movedAway = true;
    before.speak();
    await step();
    expect(b.room(ROOM).remote.speakerOf(1)).toBe(after.member.speaker);
  });

  it('is dropped and counted when it is a live member here and a former edge goes on', async () => {
    const { b, before } = await moving();
    const after = b.join(ROOM, 1, { generation: 2 });
    for (let i = 10; i < 20; i++) {
      after.speak({ sequence: i });
      before.speak({ sequence: i });
      await step();
    }
    expect(sequences(b.heard(ROOM, 1))).toEqual(upTo(20));
    expect(b.counters.relay.ownStreamFrames).toBe(10);
  });

  it('is heard from elsewhere while its member here has no connection', async () => {
    const { a, b, before } = await moving();
    before.member.session = undefined;
    const after = b.join(ROOM, 1, { generation: 2 });
    for (let i = 10; i < 15; i++) {
      after.speak({ sequence: i });
      await step();
    }
    expect(sequences(a.heard(ROOM, 1))).toEqual(upTo(15));
    expect(a.room(ROOM).members.get(1 as StreamId)).toBe(before.member);
  });
});

const stubLink = {
  channel: 'none',
  region: 'here',
  commit: () => undefined,
  flush: () => undefined,
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
