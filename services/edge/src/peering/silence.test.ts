import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

/** Participants 1 on the first edge, 2 and 3 on the second, known to both. */
const call = async () => {
  const members = [one.join(1), two.join(2), two.join(3)] as const;
  await cluster.advance(500);
  expect([one.seen, two.seen]).toEqual(['1 2 3', '1 2 3']);
  return members;
};

describe('a peer of which nothing is heard (rule 96)', () => {
  it('has its participants shown as reconnecting after 3 s, and back when it is heard', async () => {
    await call();
    two.control.cut = true;
    await cluster.advance(2_000);
    expect(one.seen).toBe('1 2 3');
    await cluster.advance(3_000);
    expect(one.seen).toBe('1 2? 3?');
    expect(one.counters.peering.silences).toBe(1);
    two.control.cut = false;
    await cluster.advance(1_500);
    expect([one.seen, two.seen]).toEqual(['1 2 3', '1 2 3']);
    expect([one.left, two.left]).toEqual([[], []]);
  });

  it('has its participants leave once its lease has been gone for 10 s and 15 s of grace are over', async () => {
    await call();
    two.alive = false;
    two.control.cut = true;
    await cluster.advance(17_000);
    expect(one.seen).toBe('1 2? 3?');
    expect(one.left).toEqual([]);
    await cluster.advance(4_000);
    expect(one.seen).toBe('1');
    expect(one.left.sort()).toEqual([2, 3]);
    expect(one.links.opened.size).toBe(0);
  });

  it('keeps its participants for as long as its lease lives', async () => {
    await call();
    two.control.cut = true;
    await cluster.advance(60_000);
    expect(one.seen).toBe('1 2? 3?');
    expect(one.left).toEqual([]);
  });

  it('keeps its participants while the registry is away, and for 10 s of contact after', async () => {
    await call();
    two.alive = false;
    two.control.cut = true;
    one.registryAway = true;
    await cluster.advance(60_000);
    expect(one.left).toEqual([]);
    one.registryAway = false;
    await cluster.advance(9_000);
    expect(one.left).toEqual([]);
    await cluster.advance(4_000);
    expect(one.left.sort()).toEqual([2, 3]);
  });

  it('keeps its participants while a region of the registry does not answer', async () => {
    await call();
    two.alive = false;
    two.control.cut = true;
    one.incomplete = true;
    await cluster.advance(60_000);
    expect(one.left).toEqual([]);
    one.incomplete = false;
    await cluster.advance(14_000);
    expect(one.left.sort()).toEqual([2, 3]);
  });

  it('keeps its participants while this edge itself hears nothing, though the others may be dead', async () => {
    await call();
    one.control.cut = true;
    two.control.cut = true;
    two.alive = false;
    await cluster.advance(60_000);
    expect(one.seen).toBe('1 2? 3?');
    expect(one.left).toEqual([]);
    one.control.cut = false;
    await cluster.advance(9_000);
    expect(one.left).toEqual([]);
    await cluster.advance(4_000);
    expect(one.left.sort()).toEqual([2, 3]);
  });

  it('is not taken for silent when this process itself stood still', async () => {
    await call();
    vi.setSystemTime(Date.now() + 20_000);
    await one.tick();
    expect(one.seen).toBe('1 2 3');
    expect(one.counters.peering.silences).toBe(0);
  });
});

describe('two islands', () => {
  it('merge within 5 s of the end of a split, without ghosts 10 s later', async () => {
    const [, second, third] = await call();
    one.control.cut = two.control.cut = true;
    one.incomplete = two.incomplete = true;
    await cluster.advance(8_000);
    two.leave(second);
    two.join(4);
    two.room!.change(third, () => {
      third.muted = true;
    });
    one.join(5);
    await cluster.advance(30_000);
    expect(one.seen).toBe('1 2? 3? 5');
    expect(two.seen).toBe('1? 3 4');
    one.control.cut = two.control.cut = false;
    one.incomplete = two.incomplete = false;
    await cluster.advance(5_000);
    expect([one.seen, two.seen]).toEqual(['1 3 4 5', '1 3 4 5']);
    expect(one.room!.participant(3 as never)).toMatchObject({ muted: true, reconnecting: false });
    await cluster.advance(10_000);
    expect([one.seen, two.seen]).toEqual(['1 3 4 5', '1 3 4 5']);
    expect([one.left, two.left]).toEqual([[2], [2]]);
  });

  it('that opened the room each for itself find each other when the registry is whole again', async () => {
    const three = await cluster.add('three', 'us');
    one.incomplete = three.incomplete = true;
    one.join(1);
    three.join(9);
    await cluster.advance(6_000);
    expect([one.seen, three.seen]).toEqual(['1', '9']);
    one.incomplete = three.incomplete = false;
    await cluster.advance(5_000);
    expect([one.seen, three.seen]).toEqual(['1 9', '1 9']);
  });

  it('are each told anew what the registry has forgotten', async () => {
    await call();
    for (const edge of cluster.edges) {
      edge.registryAway = true;
    }
    await cluster.advance(30_000);
    expect((await cluster.registry.places('room' as never)).places).toEqual([]);
    for (const edge of cluster.edges) edge.registryAway = false;
    await cluster.advance(4_000);
    expect((await cluster.registry.places('room' as never)).places).toHaveLength(2);
    expect([one.left, two.left]).toEqual([[], []]);
  });
});

describe('clocks', () => {
  it('that differ are measured, exported and warned of (rule 95)', async () => {
    two.skewMs = 5_000;
    await call();
    await cluster.advance(3_000);
    expect(one.peering.peers.get(two.boot)!.clock.offsetMs).toBeCloseTo(5_000, -2);
    expect(two.peering.peers.get(one.boot)!.clock.offsetMs).toBeCloseTo(-5_000, -2);
    expect(one.peering.peers.worstClockOffsetMs).toBeCloseTo(5_000, -2);
    const lines = one.logged.filter((line) => line.includes('check NTP'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('5.0 s ahead of');
  });
});
