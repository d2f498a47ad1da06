import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_WEIGHTS, type PlacementEdge, type PlacementRequest, place } from './placement.ts';

interface EdgeLease extends PlacementEdge {
  rooms: number;
}

const leaseOf = (edge: string, more: Partial<EdgeLease> = {}): EdgeLease => ({
  edge,
  region: 'local',
  revision: '1',
  startedAt: 1,
  draining: false,
  connections: 0,
  maxConnections: 100,
  load: 0,
  rooms: 0,
  ...more,
});

const chosen = (request: PlacementRequest<EdgeLease>): string | undefined => {
  const placement = place(request);
  return placement.ok ? placement.edge.edge : undefined;
};
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `edge-${index}`);
const rooms = (count: number): string[] => Array.from({ length: count }, (_, index) => `room-${index}`);

/** The edges that hold the room, where its participants are all that a lease counts. */
const hostsOf = (edges: readonly EdgeLease[]): Map<string, number> =>
  new Map(edges.filter((lease) => lease.rooms > 0).map((lease) => [lease.edge, lease.rooms]));

const anyLease = fc
  .record({
    edge: fc.constantFrom(...names(12)),
    region: fc.constantFrom('eu', 'us', 'asia'),
    revision: fc.constantFrom('1', '2'),
    startedAt: fc.nat(100),
    draining: fc.boolean(),
    connections: fc.nat(120),
    maxConnections: fc.constantFrom(50, 100),
    load: fc.double({ min: 0, max: 1, noNaN: true }),
    inRoom: fc.nat(2),
  })
  .map(({ edge, inRoom, ...more }) => leaseOf(edge, { ...more, rooms: inRoom }));
const anyEdges = fc.uniqueArray(anyLease, { selector: ({ edge }) => edge, maxLength: 12 });
const anyRequest = fc
  .record({
    room: fc.constant('lobby'),
    edges: anyEdges,
    regions: fc.subarray(['eu', 'us', 'asia', 'moon']),
    avoid: fc.subarray(names(12)),
    weights: fc.record({ maxEdgesPerRoom: fc.integer({ min: 1, max: 4 }) }),
  })
  .map((request) => ({ ...request, hosts: hostsOf(request.edges) }));

describe('place', () => {
  it('puts a room on one edge until that is half full, then on a second', () => {
    const edges = names(5).map((edge) => leaseOf(edge));
    const hosts = new Map<string, number>();
    const used: string[] = [];
    for (let join = 0; join < 120; join++) {
      const placement = place({ room: 'lobby', edges, hosts });
      if (!placement.ok) throw new Error(placement.reason);
      const lease = placement.edge;
      lease.connections += 1;
      hosts.set(lease.edge, (hosts.get(lease.edge) ?? 0) + 1);
      used.push(lease.edge);
    }
    expect(new Set(used.slice(0, 50)).size).toBe(1);
    expect(new Set(used.slice(0, 100)).size).toBe(2);
    expect(new Set(used).size).toBe(3);
  });

  it('says why', () => {
    const reason = (request: Partial<PlacementRequest<EdgeLease>>) =>
      place({ room: 'lobby', edges: [], ...request, hosts: hostsOf(request.edges ?? []) }).reason;
    const here = leaseOf('a', { rooms: 1 });
    expect(reason({})).toBe('no_edges');
    expect(reason({ edges: [leaseOf('a', { draining: true })] })).toBe('all_draining');
    expect(reason({ edges: [leaseOf('a', { connections: 100 }), leaseOf('b', { load: 0.96 })] })).toBe(
      'all_full',
    );
    expect(reason({ edges: [leaseOf('a')] })).toBe('new_room');
    expect(reason({ edges: [here, leaseOf('b')] })).toBe('packed');
    expect(reason({ edges: [{ ...here, connections: 90 }, leaseOf('b')] })).toBe('spilled');
    expect(reason({ edges: [here, leaseOf('b', { revision: '2', startedAt: 9 })] })).toBe('rollout');
    expect(reason({ edges: [leaseOf('a')], regions: ['moon', 'local'] })).toBe('new_room');
    expect(reason({ edges: [here], avoid: ['a'] })).toBe('avoided_only');
    const far = leaseOf('b', { region: 'us' });
    expect(reason({ edges: [leaseOf('a', { connections: 100 }), far], regions: ['local'] })).toBe(
      'other_region',
    );
    const limit = { weights: { maxEdgesPerRoom: 1 } };
    expect(reason({ edges: [{ ...here, connections: 100 }, leaseOf('b')], ...limit })).toBe(
      'room_edge_limit',
    );
  });

  it('counts joins that no lease shows yet', () => {
    const edges = [leaseOf('a', { maxConnections: 4 }), leaseOf('b', { maxConnections: 4 })];
    const first = chosen({ room: 'lobby', edges })!;
    const other = first === 'a' ? 'b' : 'a';
    const pending = (count: number) => ({
      onEdge: (edge: string) => (edge === first ? count : 0),
      inRoom: (edge: string) => (edge === other ? 1 : 0),
    });
    expect(chosen({ room: 'lobby', edges, pending: pending(4) })).toBe(other);
    expect(chosen({ room: 'lobby', edges, pending: pending(0) })).toBe(other);
  });

  it('prefers the region asked for, then those that have the room', () => {
    const edges = [
      leaseOf('eu-1', { region: 'eu' }),
      leaseOf('us-1', { region: 'us', rooms: 3 }),
      leaseOf('asia-1', { region: 'asia' }),
    ];
    const hosts = hostsOf(edges);
    expect(chosen({ room: 'lobby', edges, hosts, regions: ['eu'] })).toBe('eu-1');
    expect(chosen({ room: 'lobby', edges, hosts })).toBe('us-1');
    expect(chosen({ room: 'lobby', edges, hosts, regions: ['asia', 'eu'], avoid: ['asia-1'] })).toBe('eu-1');
    const placement = place({ room: 'lobby', edges, hosts, regions: ['eu'] });
    expect(placement.ok && placement.fallbacks.map(({ edge }) => edge)).toEqual(['us-1', 'asia-1']);
  });

  it('is not turned back by an old edge that restarts during a rollout', () => {
    const edges = [
      leaseOf('old-1', { revision: '1', startedAt: 10 }),
      leaseOf('old-2', { revision: '1', startedAt: 900 }),
      leaseOf('new-1', { revision: '2', startedAt: 500 }),
    ];
    for (const room of rooms(20)) expect(chosen({ room, edges })).toBe('new-1');
  });

  it('spreads rooms over edges in proportion to their size', () => {
    const edges = [leaseOf('small', { maxConnections: 100 }), leaseOf('large', { maxConnections: 300 })];
    const onLarge = rooms(4_000).filter((room) => chosen({ room, edges }) === 'large').length;
    expect(onLarge / 4_000).toBeGreaterThan(0.7);
    expect(onLarge / 4_000).toBeLessThan(0.8);
  });

  it('moves only the rooms of an edge that leaves, to their first fall-back', () => {
    const edges = names(8).map((edge) => leaseOf(edge));
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(7), (room, at) => {
        const before = place({ room, edges });
        const left = edges.filter((_, index) => index !== at);
        if (!before.ok) throw new Error(before.reason);
        const expected = before.edge === edges[at] ? before.fallbacks[0] : before.edge;
        expect(chosen({ room, edges: left })).toBe(expected?.edge);
      }),
    );
  });

  it('does not depend on the order in which edges are listed, and changes nothing', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const before = structuredClone(request);
        const forward = place(request);
        expect(place({ ...request, edges: [...request.edges].reverse() })).toEqual(forward);
        expect(request).toEqual(before);
      }),
    );
  });

  it('chooses only edges that may be chosen, and different ones as fall-backs', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const placement = place(request);
        if (!placement.ok) return;
        const all = [placement.edge, ...placement.fallbacks];
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBeLessThanOrEqual(3);
        for (const { draining, connections, maxConnections, load } of all) {
          expect(draining).toBe(false);
          expect(connections).toBeLessThan(maxConnections);
          expect(load).toBeLessThan(DEFAULT_WEIGHTS.loadLimit);
        }
        if (request.avoid.includes(placement.edge.edge)) expect(placement.reason).toBe('avoided_only');
      }),
    );
  });

  it('never goes over the bound while a room may still spread', () => {
    const pressure = ({ connections, maxConnections, load }: EdgeLease) =>
      Math.max(load, connections / maxConnections);
    fc.assert(
      fc.property(anyRequest, (request) => {
        const placement = place({ ...request, avoid: [], weights: { maxEdgesPerRoom: 1_000 } });
        if (!placement.ok) return;
        const open = request.edges.filter(
          (lease) => !lease.draining && pressure(lease) < 1 && lease.load < DEFAULT_WEIGHTS.loadLimit,
        );
        const region = open.filter((lease) => lease.region === placement.edge.region);
        const mean = region.reduce((sum, lease) => sum + pressure(lease), 0) / region.length;
        const bound = Math.max(DEFAULT_WEIGHTS.packUntil, mean * DEFAULT_WEIGHTS.boundFactor);
        expect(pressure(placement.edge)).toBeLessThan(bound);
      }),
    );
  });

  it('never spreads a room over more edges of a region than allowed', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const placement = place(request);
        if (!placement.ok) return;
        const hosts = request.edges.filter(
          ({ region, rooms: held, draining }) => region === placement.edge.region && held > 0 && !draining,
        );
        const after = new Set([...hosts, placement.edge]).size;
        expect(after).toBeLessThanOrEqual(Math.max(hosts.length, request.weights.maxEdgesPerRoom));
      }),
    );
  });

  it('finds an edge whenever one is open and the room may spread', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const placement = place({ ...request, weights: { maxEdgesPerRoom: 1_000 } });
        const isOpen = request.edges.some(
          (lease) =>
            !lease.draining &&
            lease.connections < lease.maxConnections &&
            lease.load < DEFAULT_WEIGHTS.loadLimit,
        );
        expect(placement.ok).toBe(isOpen);
      }),
    );
  });
});
