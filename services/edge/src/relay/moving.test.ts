import type { StreamId } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { first, MediaEdges, sequences } from './relay-fixture.ts';

const ROOM = 'room';
let edges: MediaEdges;

beforeEach(() => {
  edges = new MediaEdges();
});
afterEach(() => edges.stop());

describe('a stream that moves between edges', () => {
  const moving = async () => {
    const [a, b, c] = await edges.start(3);
    const before = a.join(ROOM, 1);
    a.join(ROOM, 4);
    b.join(ROOM, 2);
    c.join(ROOM, 3);
    edges.connect(ROOM);
    for (let i = 0; i < 10; i++) {
      before.speak();
      await edges.step();
    }
    return { a, b, c, before };
  };

  it('is heard whole and without a break on every edge', async () => {
    const { a, b, c, before } = await moving();
    const after = b.join(ROOM, 1, { generation: 2 });
    after.member.shadow = true;
    before.speak();
    await edges.step();
    // The last frames by the old way come after the first ones by the new.
    after.member.shadow = false;
    before.speak();
    after.speak({ sequence: 12 });
    await edges.step();
    before.member.movedAway = true;
    for (let i = 13; i < 20; i++) {
      after.speak({ sequence: i });
      await edges.step();
    }
    a.room(ROOM).remove(before.member);
    for (let i = 20; i < 30; i++) {
      after.speak({ sequence: i });
      await edges.step();
    }
    for (const edge of [a, b, c]) {
      const heard = edge.heard(ROOM, 1);
      expect(sequences(heard).sort((x, y) => x - y)).toEqual(first(30));
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
      await edges.step();
    }
    before.member.movedAway = true;
    expect(sequences(a.heard(ROOM, 1))).toEqual(first(14));
  });

  it('shares its level and standing with the member, here and back', async () => {
    const { b, before } = await moving();
    const remote = b.room(ROOM).remote.speakerOf(1);
    const after = b.join(ROOM, 1, { generation: 2 });
    expect(after.member.speaker).toBe(remote);
    after.member.movedAway = true;
    before.speak();
    await edges.step();
    expect(b.room(ROOM).remote.speakerOf(1)).toBe(after.member.speaker);
  });

  it('is dropped and counted when it is a live member here and a former edge goes on', async () => {
    const { b, before } = await moving();
    const after = b.join(ROOM, 1, { generation: 2 });
    for (let i = 10; i < 20; i++) {
      after.speak({ sequence: i });
      before.speak({ sequence: i });
      await edges.step();
    }
    expect(sequences(b.heard(ROOM, 1))).toEqual(first(20));
    expect(b.counters.relay.ownStreamFrames).toBe(10);
  });

  it('is heard from elsewhere while its member here has no connection', async () => {
    const { a, b, before } = await moving();
    before.member.session = undefined;
    const after = b.join(ROOM, 1, { generation: 2 });
    for (let i = 10; i < 15; i++) {
      after.speak({ sequence: i });
      await edges.step();
    }
    expect(sequences(a.heard(ROOM, 1))).toEqual(first(15));
    expect(a.room(ROOM).members.get(1 as StreamId)).toBe(before.member);
  });
});
