import type { RoomId, StreamId } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_PARTS_PER_ROOM, MAX_PEERS } from '../limits.ts';
import { encodePeerMessage, type PeerContent } from './peer-message.ts';
import { PeeringCluster, type PeeringEdge } from './peering-fixture.ts';

let cluster: PeeringCluster;
let one: PeeringEdge;
let two: PeeringEdge;

beforeEach(async () => {
  vi.useFakeTimers();
  cluster = new PeeringCluster();
  one = await cluster.add('one');
  two = await cluster.add('two');
});
afterEach(() => {
  vi.useRealTimers();
});

const listener = { publish: false };
const speaker = { subscribe: false };
const inbox = (edge: string, region = 'eu') => `test:${region}:inbox-a:${edge}:boot-of-${edge}`;
const ready = (edge: PeeringEdge) => edge.peering.joined(edge.room!);
/** Whether somebody who joins now has been told `ready` within some ms. */
const isReadyAfter = async (edge: PeeringEdge, waitMs: number): Promise<boolean> => {
  let done = false;
  void (ready(edge) ?? Promise.resolve()).then(() => {
    done = true;
  });
  await vi.advanceTimersByTimeAsync(waitMs);
  return done;
};

describe('parts of a room (rules 91 to 95)', () => {
  it('of thousands of publishers with long texts cross in pages', async () => {
    for (let id = 1; id <= 3_000; id++) one.join(id).metadata = `${'x'.repeat(200)}\u0001`;
    two.join(9_000);
    await cluster.advance(1_000);
    expect(two.room!.participants(10_000)).toHaveLength(3_001);
    expect(two.room!.participant(77 as StreamId)?.metadata).toHaveLength(201);
    expect(one.counters.peering.tooLarge).toBe(0);
  });

  it('that change by more than a message holds are told as a whole', async () => {
    two.join(9_000);
    one.join(1);
    await cluster.advance(500);
    for (let id = 2; id <= 3_000; id++) one.join(id).metadata = 'y'.repeat(200);
    await cluster.advance(1_000);
    expect(two.room!.participants(10_000)).toHaveLength(3_001);
    expect(one.counters.peering.tooLarge).toBe(1);
    expect(two.counters.peering.gaps).toBe(0);
  });

  it('are repaired whatever is lost: a third of all messages, at random', async () => {
    let state = 7;
    const isLost = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
      return state % 3 === 0;
    };
    const three = await cluster.add('three', 'us');
    for (const edge of cluster.edges) edge.control.loses = isLost;
    const members = cluster.edges.map((edge, index) => [edge.join(index * 100 + 1)]);
    for (let step = 2; step < 60; step++) {
      const edge = step % 3;
      members[edge]!.push(cluster.edges[edge]!.join(edge * 100 + step));
      if (step % 4 === 0) cluster.edges[edge]!.leave(members[edge]!.shift()!);
      await cluster.advance(100);
    }
    for (const edge of cluster.edges) edge.control.loses = () => false;
    await cluster.advance(9_000);
    const expected = members
      .flat()
      .map(({ streamId }) => `${streamId}`)
      .sort()
      .join(' ');
    expect([one.seen, two.seen, three.seen]).toEqual([expected, expected, expected]);
    expect(one.control.lost).toBeGreaterThan(20);
  });

  it('do not go on from where they were when the room was closed and opened again', async () => {
    two.join(9);
    const first = one.join(1);
    await cluster.advance(300);
    one.control.loses = ({ content }) => content.type !== 'digestAnswer';
    one.leave(first);
    one.join(2);
    await cluster.advance(300);
    one.control.loses = () => false;
    await cluster.advance(9_000);
    expect(two.seen).toBe('2 9');
  });
});

describe('`ready` (rule 94)', () => {
  it('waits for nothing in a room of one edge but the registry', async () => {
    one.join(1);
    expect(await isReadyAfter(one, 1)).toBe(true);
    expect(ready(one)).toBeUndefined();
  });

  it('waits for the answers of all other edges, and then not again for those who come later', async () => {
    const three = await cluster.add('three', 'us');
    one.join(1, { grants: speaker });
    three.join(3, { grants: speaker });
    await cluster.advance(500);
    two.join(2, { grants: listener });
    expect(one.routes).toEqual([]);
    expect(await isReadyAfter(two, 1)).toBe(true);
    expect([one.routes, three.routes]).toEqual([[inbox('two')], [inbox('two')]]);
    two.join(4, { grants: listener });
    expect(ready(two)).toBeUndefined();
  });

  it('waits again when the first listener comes into a room of speakers', async () => {
    one.join(1, { grants: speaker });
    two.join(2, { grants: speaker });
    await cluster.advance(500);
    two.join(3, { grants: listener });
    expect(await isReadyAfter(two, 1)).toBe(true);
    expect(one.routes).toEqual([inbox('two')]);
  });

  it('greets edges that a ticket names before the registry has answered, and repeats that from then on', async () => {
    one.join(1, { grants: speaker });
    await cluster.advance(500);
    two.registryAway = true;
    two.join(2, { grants: listener });
    const { control, edge, boot, region } = two;
    control.loses = ({ content }) => content.type === 'part';
    two.peering.named(two.room!, [{ edge: one.edge, boot: one.boot, region: one.region }]);
    await vi.advanceTimersByTimeAsync(40);
    expect([control.lost, one.routes]).toEqual([1, []]);
    control.loses = () => false;
    await vi.advanceTimersByTimeAsync(11);
    expect(one.routes).toEqual([inbox('two')]);
    // Itself it does not greet, and whom it knows it does not greet again.
    const { wholeParts } = two.counters.peering;
    two.peering.named(two.room!, [{ edge, boot, region }, one]);
    await vi.advanceTimersByTimeAsync(300);
    expect(two.counters.peering.wholeParts).toBe(wholeParts);
  });

  it('does not wait while the registry is away and nobody else is known', async () => {
    one.registryAway = true;
    one.join(1);
    expect(await isReadyAfter(one, 1)).toBe(true);
  });
});

describe('sessions', () => {
  it('of a higher generation supersede those of other edges, of silent listeners too (rules 31 and 93)', async () => {
    const old = one.join(1);
    const oldListener = one.join(2, { grants: listener });
    two.join(3);
    await cluster.advance(300);
    two.join(1, { generation: 1 });
    two.join(2, { generation: 4, grants: listener });
    await cluster.advance(300);
    expect(one.superseded).toEqual([old, oldListener]);
    expect(two.superseded).toEqual([]);
    expect(one.peering.generationElsewhere(one.room!, 1 as StreamId)).toBe(1);
    expect(one.left).toEqual([]);
  });

  it('that move are announced neither as left nor as joined, in whatever order the edges say so', async () => {
    const three = await cluster.add('three', 'us');
    three.join(9);
    const old = one.join(1);
    two.join(8);
    await cluster.advance(300);
    one.room!.change(old, () => {
      old.movedAway = true;
    });
    await cluster.advance(1_000);
    one.leave(old);
    await cluster.advance(1_000);
    expect([two.seen, three.seen]).toEqual(['1 8 9', '1 8 9']);
    two.join(1, { generation: 1 });
    await cluster.advance(10_000);
    expect([two.seen, three.seen]).toEqual(['1 8 9', '1 8 9']);
    expect([...two.left, ...three.left]).toEqual([]);
    const joined = three.told
      .flatMap((message) => message.joined ?? [])
      .filter(({ streamId }) => streamId === 1);
    expect(joined).toHaveLength(1);
  });

  it('that were to move and did not come within 5 s have left', async () => {
    two.join(8);
    const old = one.join(1);
    one.join(2);
    await cluster.advance(300);
    one.room!.change(old, () => {
      old.movedAway = true;
    });
    one.leave(old);
    await cluster.advance(4_500);
    expect(two.left).toEqual([]);
    await cluster.advance(1_000);
    expect([one.left, two.left]).toEqual([[1], [1]]);
  });

  it('which are shadows listen but are announced to nobody until they are ready', async () => {
    one.join(1, { grants: speaker });
    two.join(2, { grants: speaker });
    const shadow = two.join(3);
    two.room!.change(shadow, () => {
      shadow.shadow = true;
    });
    await cluster.advance(300);
    expect(one.seen).toBe('1 2');
    expect(one.routes).toEqual([inbox('two')]);
    two.room!.change(shadow, () => {
      shadow.shadow = false;
    });
    await cluster.advance(300);
    expect(one.seen).toBe('1 2 3');
  });
});

describe('ways of media', () => {
  it('lead only to edges with listeners, and end with them', async () => {
    one.join(1);
    const mute = two.join(2, { grants: speaker });
    await cluster.advance(300);
    expect(one.routes).toEqual([]);
    const hears = two.join(3, { grants: listener });
    await cluster.advance(300);
    expect(one.routes).toEqual([inbox('two')]);
    two.leave(hears);
    await cluster.advance(300);
    expect(one.routes).toEqual([]);
    two.leave(mute);
    await cluster.advance(300);
    expect(one.links.opened.size).toBe(0);
  });

  it('of frames that are not selected lead to those who named the stream', async () => {
    one.join(1);
    two.join(2);
    await cluster.advance(300);
    two.room!.wanted.set(1, 1);
    two.room!.wanted.set(2, 1);
    two.room!.peering!.interest();
    await cluster.advance(300);
    const wanted = [...one.room!.routes.wanted].map(([stream, links]) => [
      stream,
      links.map(({ channel }) => channel),
    ]);
    expect(wanted).toEqual([[1, [inbox('two')]]]);
    two.room!.wanted.clear();
    two.room!.peering!.interest();
    await cluster.advance(300);
    expect(one.room!.routes.wanted.size).toBe(0);
  });

  it('to three edges of a region become one, and part again 10 s after there are fewer', async () => {
    const far = await cluster.add('far', 'us');
    const members = [];
    for (const edge of ['u1', 'u2', 'u3'])
      members.push((await cluster.add(edge, 'us')).join(members.length + 10));
    far.join(1);
    one.join(2);
    two.join(3);
    await cluster.advance(500);
    const [u1, u2, u3] = cluster.edges.slice(3) as [PeeringEdge, PeeringEdge, PeeringEdge];
    expect(one.routes.filter((channel) => channel.includes(':us:'))).toEqual([
      expect.stringContaining('test:us:room:'),
    ]);
    // Two of its own region are not enough for a channel there.
    expect(one.routes.filter((channel) => channel.includes(':eu:'))).toEqual([inbox('two')]);
    expect([...u1.channels, ...far.channels, ...one.channels]).toEqual(['room', 'room']);
    u2.leave(u2.room!.members.get(11 as StreamId)!);
    u3.leave(u3.room!.members.get(12 as StreamId)!);
    await cluster.advance(5_000);
    expect(u1.channels.size).toBe(1);
    await cluster.advance(8_000);
    expect(u1.channels.size + far.channels.size).toBe(0);
    expect(one.routes.filter((channel) => channel.includes(':us:'))).toEqual([
      inbox('far', 'us'),
      inbox('u1', 'us'),
    ]);
  });

  it('to a channel whose server is away become those to the inboxes, until it is back', async () => {
    const far = [];
    for (const edge of ['u1', 'u2', 'u3']) far.push(await cluster.add(edge, 'us'));
    for (const [index, edge] of far.entries()) edge.join(index + 10);
    one.join(1);
    await cluster.advance(500);
    const channel = [expect.stringContaining('test:us:room:')];
    expect(one.routes).toEqual(channel);
    one.links.refuse(':room:', Date.now());
    await cluster.advance(200);
    expect(one.routes).toEqual(channel);
    await cluster.advance(200);
    expect(one.routes).toEqual(far.map(({ edge }) => inbox(edge, 'us')));
    // It stays open, for its heartbeats find out when the server is back.
    expect([...one.links.opened.keys()]).toEqual(expect.arrayContaining(channel));
    one.links.refuse(':room:', undefined);
    await cluster.advance(200);
    expect(one.routes).toEqual(channel);
    expect(one.links.opened.size).toBe(1);
  });

  it('to a deaf inbox have the registry asked again who is there', async () => {
    one.join(1);
    two.join(2);
    await cluster.advance(2_000);
    const before = one.counters.peering.roomEntries;
    one.links.onDeaf!(one.room!.routes.all[0]!);
    await cluster.advance(1_100);
    expect(one.counters.peering.roomEntries).toBe(before + 1);
  });
});

describe('what comes from peers', () => {
  const from = { edge: 'stranger', boot: 'b', region: 'eu' };
  const say = async (content: PeerContent, boot = 'b') => {
    await two.control.publish('test:eu:peer:one:boot-of-one', encodePeerMessage({ ...from, boot }, content)!);
    await vi.advanceTimersByTimeAsync(1);
  };
  const raw = async (text: string) => {
    await two.control.publish('test:eu:peer:one:boot-of-one', new TextEncoder().encode(text));
    await vi.advanceTimersByTimeAsync(1);
  };

  it('is counted and ignored when it is of another version, type or make (rule 90)', async () => {
    await raw('{');
    await raw('[]');
    await raw(JSON.stringify({ v: 2, type: 'part', from }));
    await raw(JSON.stringify({ v: 1, type: 'telepathy', from }));
    await raw(JSON.stringify({ v: 1, type: 'ask', from: { ...from, edge: 'no:colons' }, room: 'room' }));
    expect(one.counters.peering.faults).toEqual({ malformed: 3, unknown_version: 1, unknown_type: 1 });
  });

  it('comes from no more than so many peers', async () => {
    for (let i = 0; i < MAX_PEERS + 5; i++) await say({ type: 'digest', t0: 0, rooms: [] }, `b${i}`);
    expect(one.peering.peers.size).toBe(MAX_PEERS);
    expect(one.counters.peering.overBound).toBe(5);
  });

  it('makes no more than so many parts of a room', async () => {
    one.join(1);
    const room = 'room' as RoomId;
    for (let i = 0; i < MAX_PARTS_PER_ROOM + 3; i++) await say({ type: 'ask', room }, `b${i}`);
    expect(one.counters.peering.overBound).toBe(3);
  });

  it('may be too much in too short a time', async () => {
    for (let i = 0; i < 4_100; i++) {
      void two.control.publish(
        'test:eu:peer:one:boot-of-one',
        encodePeerMessage(from, { type: 'digestAnswer', t0: 0, t1: 0, t2: 0, unknown: [] })!,
      );
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(one.counters.peering.rateDrops).toBeGreaterThan(50);
  });
});
