import { FLAG_PRE_ROLL, FLAG_SELECTION_END, FLAG_SELECTION_START } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { first, MediaEdges, sequences } from './relay-fixture.ts';

const ROOM = 'room';
let edges: MediaEdges;

beforeEach(() => {
  edges = new MediaEdges();
});
afterEach(() => edges.stop());

describe('selection across edges', () => {
  it('lets every listener hear the loudest three of five, and stops the others at their edges', async () => {
    const [a, b, c] = await edges.start(3);
    // Loudest first, in turn on each edge; quieter by 6 dB each.
    const speakers = [a, b, c, a, b].map((edge, index) => edge.join(ROOM, index + 1));
    // What a speaker says does not come back to it, so each edge needs another listener.
    for (const [index, edge] of edges.all.entries()) edge.join(ROOM, 100 + index);
    edges.connect(ROOM);
    const talk = async (frames: number): Promise<void> => {
      for (let i = 0; i < frames; i++) {
        for (const [index, speaker] of speakers.entries()) speaker.speak({ level: 12 + 6 * index });
        await edges.step();
        if (i % 5 === 0) edges.tick();
      }
    };
    await talk(60);
    for (const edge of edges.all) edge.forgetHeard();
    const sentBefore = edges.all.map((edge) => edge.counters.relay.sentFrames);
    await talk(50);
    for (const edge of edges.all) {
      const streams = new Set(edge.heard(ROOM).map(({ streamId }) => streamId));
      expect([...streams].sort()).toEqual([1, 2, 3]);
      expect(edge.heard(ROOM)).toHaveLength(150);
    }
    // Each edge sends its one of the three to two others; the two quiet ones cost nothing.
    expect(edges.all.map((edge, index) => edge.counters.relay.sentFrames - sentBefore[index]!)).toEqual([
      100, 100, 100,
    ]);
  });

  it('promotes a stream of another edge with what came before first', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    for (let i = 0; i < 5; i++) {
      speaker.speak({ active: false, level: 90 });
      await edges.step();
    }
    expect(b.heard(ROOM)).toHaveLength(0);
    speaker.speak();
    await edges.step();
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
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    speaker.speak();
    await edges.step();
    expect(b.room(ROOM).selector.forwardedCount).toBe(1);
    a.room(ROOM).setSelection(speaker.member, 'excluded');
    speaker.member.speaker.standing = 'selected';
    speaker.speak();
    await edges.step();
    expect(b.heard(ROOM).map(({ flags }) => flags)).toEqual([FLAG_SELECTION_START, FLAG_SELECTION_END]);
    expect(b.room(ROOM).selector.forwardedCount).toBe(0);
  });

  it('brings a stream that is not selected to the edge where a listener always wants it, and only there', async () => {
    const [a, b, c] = await edges.start(3);
    const quiet = a.join(ROOM, 1);
    const fan = b.join(ROOM, 2);
    b.join(ROOM, 3);
    c.join(ROOM, 4);
    edges.connect(ROOM);
    fan.subscribe(1, 'always');
    a.room(ROOM).routes.wanted.set(1, [a.linkTo(b)]);
    for (let i = 0; i < 10; i++) {
      quiet.speak({ active: false, level: 80 });
      await edges.step();
    }
    expect(sequences(fan.ownFrames(1))).toEqual(first(10));
    expect(fan.ownFrames(1).every(({ flags }) => flags === 0)).toBe(true);
    expect(b.heard(ROOM, 1)).toHaveLength(0);
    expect(c.counters.relay.receivedFrames).toBe(0);
    // Once it speaks, the fan gets each frame once, the others the pre-roll.
    quiet.speak();
    await edges.step();
    expect(sequences(fan.ownFrames(1)).slice(-2)).toEqual([9, 10]);
    expect(sequences(b.heard(ROOM, 1))).toEqual([7, 8, 9, 10]);
    expect(sequences(c.heard(ROOM, 1))).toEqual([7, 8, 9, 10]);
    expect(b.counters.relay.duplicateFrames).toBe(3);
  });

  it('holds back a stream of another edge that a moderator has excluded', async () => {
    const [a, b] = await edges.start(2);
    const speaker = a.join(ROOM, 1);
    b.join(ROOM, 2);
    edges.connect(ROOM);
    b.room(ROOM).selectionOf = () => 'excluded';
    speaker.speak();
    await edges.step();
    expect(b.heard(ROOM)).toHaveLength(0);
    expect(b.counters.relay.heldFrames).toBe(1);
    b.room(ROOM).selectionOf = () => 'auto';
    edges.clock.advance(1_000);
    edges.tick();
    speaker.speak();
    await edges.step();
    expect(b.heard(ROOM)).toHaveLength(1);
  });
});
