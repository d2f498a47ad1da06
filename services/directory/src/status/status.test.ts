import { type EdgeStatus, MAX_EDGE_STATUS_BYTES, type StatusSnapshot } from '@partyline/status';
import { createMetrics, HOP_LATENCY_BUCKETS_SECONDS, OpsServer } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DirectoryFixture, leaseOf, startDirectory } from '../fixture.ts';
import { Status } from './status.ts';
import { statusRoutes } from './status-routes.ts';

const counts = (first: number): number[] => [
  first,
  ...new Array<number>(HOP_LATENCY_BUCKETS_SECONDS.length).fill(0),
];

const statusOf = (edge: string, frames: number, more: Partial<EdgeStatus> = {}): EdgeStatus => ({
  edge,
  boot: `boot-of-${edge}`,
  region: 'local',
  version: '1.2.3',
  uptimeSeconds: 5,
  boundsSeconds: [...HOP_LATENCY_BUCKETS_SECONDS],
  latency: [
    {
      hop: 'uplink',
      side: '',
      source: 'edge',
      fromRegion: '',
      toRegion: '',
      counts: counts(frames),
      sumSeconds: 0,
    },
  ],
  passed: [{ hop: 'uplink', kind: 'in', source: 'edge', fromRegion: '', toRegion: '', frames }],
  lost: [],
  gauges: {
    connections: 7,
    rooms: 2,
    participants: 6,
    speakers: 1,
    load: 0.2,
    lagSeconds: 0.001,
    egressFramesPerSecond: 50,
    pausedListeners: 0,
    draining: false,
    bus: { media: true },
    redis: {},
  },
  ...more,
});

describe('GET /status.json', () => {
  let d: DirectoryFixture;
  const collect = async (): Promise<StatusSnapshot> => {
    // Later than the second in which everybody gets the same.
    d.clock.advance(1_000);
    const { status, body } = await d.directory.opsRoutes['/status.json']!();
    expect(status).toBe(200);
    return JSON.parse(String(body));
  };
  /** An edge that is asked how it does, each time 10 frames further. */
  const startEdge = async (edge: string, more: Partial<EdgeStatus> = {}) => {
    let asked = 0;
    const started = await d.startEdge(edge, async () => {
      asked += 1;
      return { outcome: 'done', answer: statusOf(edge, 1_000 + asked * 10, more) };
    });
    return { ...started, asked: () => asked };
  };
  beforeEach(async () => {
    d = await startDirectory();
  });
  afterEach(() => d.stop());

  it('puts together what each living edge says, from the first look on', async () => {
    await startEdge('edge-1');
    await startEdge('edge-2');
    const first = await collect();
    expect(first).toMatchObject({
      regions: [{ region: 'local', edges: 2, answering: 2, connections: 14, rooms: 4, speakers: 2 }],
      edges: [
        { edge: 'edge-1', state: 'answers', version: '1.2.3', gauges: { connections: 7 } },
        { edge: 'edge-2', state: 'answers' },
      ],
      passed: [{ hop: 'uplink', kind: 'in', frames: 0 }],
      unlistedEdges: 0,
    });
    expect(first.problem).toBeUndefined();
    const second = await collect();
    expect(second.epoch).toBe(first.epoch);
    expect(second.atMs).toBe(first.atMs + 1_000);
    expect(second.passed).toMatchObject([{ frames: 20 }]);
    expect(second.latency).toMatchObject([{ hop: 'uplink', counts: counts(20) }]);
  });

  it('asks nobody until somebody looks, and once for all who look in the same second', async () => {
    const edge = await startEdge('edge-1');
    expect(edge.asked()).toBe(0);
    const answer = d.directory.opsRoutes['/status.json']!;
    const bodies = await Promise.all([answer(), answer(), answer()]);
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1);
    await answer();
    expect(edge.asked()).toBe(1);
    await collect();
    expect(edge.asked()).toBe(2);
  });

  it('says which edge does not answer, is gone, or is of an older version, with what its lease tells', async () => {
    await d.startEdge('silent', () => new Promise(() => undefined), { connections: 3, load: 0.5 });
    await d.registry.renewLease(leaseOf('gone'));
    await d.startEdge('older', async () => {
      throw new Error('what is that order?');
    });
    await d.startEdge('plain', async () => 'done');
    await d.startEdge('other', async () => ({ outcome: 'done', answer: statusOf('somebody-else', 1) }));
    const { edges, regions } = await collect();
    expect(Object.fromEntries(edges.map(({ edge, state }) => [edge, state]))).toEqual({
      silent: 'silent',
      gone: 'unreachable',
      older: 'refused',
      plain: 'refused',
      other: 'refused',
    });
    expect(edges.find(({ edge }) => edge === 'silent')?.gauges).toEqual({
      connections: 3,
      rooms: 0,
      load: 0.5,
      draining: false,
    });
    expect(regions).toMatchObject([{ edges: 5, answering: 0, highestLoad: 0.5 }]);
  });

  it('leaves an edge that does not know the order alone for ten seconds', async () => {
    const { orders, lease } = await d.startEdge('older', async () => {
      throw new Error('what is that order?');
    });
    for (let second = 0; second < 10; second++) {
      await d.registry.renewLease(lease);
      expect((await collect()).edges).toMatchObject([{ state: 'refused' }]);
    }
    expect(orders).toHaveLength(1);
    await collect();
    expect(orders).toHaveLength(2);
  });

  it('takes an answer as large as it may be, and none that is larger', async () => {
    const long = (edge: string, bytes: number): Partial<EdgeStatus> =>
      ({ padding: 'x'.repeat(bytes - JSON.stringify(statusOf(edge, 1_000)).length) }) as object;
    await startEdge('fits', long('fits', MAX_EDGE_STATUS_BYTES - 200));
    await startEdge('large', long('large', MAX_EDGE_STATUS_BYTES + 200));
    const states = Object.fromEntries((await collect()).edges.map(({ edge, state }) => [edge, state]));
    expect(states).toEqual({ fits: 'answers', large: 'refused' });
  });
});

describe('Status', () => {
  const metrics = createMetrics({ processMetrics: false });
  const clock = { now: () => 1_000 };

  it('says so when the registry does not answer, and keeps nobody from looking', async () => {
    const registry = { edges: () => Promise.reject(new Error('away')) };
    const controlPlane = { ask: async () => ({ result: 'done' as const }) };
    const snapshot = await new Status(['eu', 'us'], { registry, controlPlane, metrics, clock }).snapshot();
    expect(snapshot.problem).toContain('the registry does not answer');
    expect(snapshot.regions.map(({ region, edges }) => [region, edges])).toEqual([
      ['eu', 0],
      ['us', 0],
    ]);
  });

  it('asks 64 edges at a time and lists 200, those that need a look first', async () => {
    let waiting = 0;
    let most = 0;
    const leases = Array.from({ length: 300 }, (_, index) =>
      leaseOf(`edge-${index}`, { connections: 1, load: index / 1_000 }),
    );
    const registry = { edges: async () => leases };
    const ask = async ({ edge }: { edge: string }) => {
      waiting += 1;
      most = Math.max(most, waiting);
      await new Promise((resolve) => setImmediate(resolve));
      waiting -= 1;
      if (edge === 'edge-7') return { result: 'timeout' as const };
      return { result: 'done' as const, answer: statusOf(edge, 1) };
    };
    const status = new Status(['local'], { registry, controlPlane: { ask }, metrics, clock });
    const snapshot = await status.snapshot();
    expect(most).toBe(64);
    expect(snapshot.edges).toHaveLength(200);
    expect(snapshot.edges[0]).toMatchObject({ edge: 'edge-7', state: 'silent' });
    expect(snapshot).toMatchObject({
      unlistedEdges: 100,
      regions: [{ region: 'local', edges: 300, answering: 299, connections: 299 * 7 + 1 }],
    });
  });
});

describe('GET /status', () => {
  it('is a page with everything from here and nothing inline', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const routes = statusRoutes({ snapshot: async () => ({ edges: [] }) as unknown as StatusSnapshot });
    const ops = new OpsServer({
      host: '127.0.0.1',
      port: 0,
      metrics,
      readiness: () => ({ ready: true }),
      routes,
    });
    await ops.start();
    try {
      const page = await fetch(`http://127.0.0.1:${ops.port}/status`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = page.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain('unsafe');
      const document = await page.text();
      expect(document).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|https?:/);
      const named = [...document.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
      expect(named.length).toBeGreaterThan(3);
      for (const path of named) {
        const reply = await fetch(new URL(path, `http://127.0.0.1:${ops.port}/status`));
        expect([path, reply.status]).toEqual([path, 200]);
        const text = await reply.text();
        expect(text.length).toBeLessThan(60_000);
        expect(text.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\/|@import/);
      }
    } finally {
      await ops.stop();
    }
  });
});
