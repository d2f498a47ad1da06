import type { Identity, RoomId } from '@partyline/protocol';
import { type EdgeLease, type LeaseRenewal, MemoryRegistry, RegistryError } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeFixture, until } from '../edge-fixture.ts';

/** A registry that can be away, forget everything, or have another edge of the same id. */
class UnsteadyRegistry extends MemoryRegistry {
  /** `partly`: leases are taken and members are not, as where one master of a Redis Cluster is away. */
  trouble: 'none' | 'away' | 'partly' | 'taken' = 'none';
  incarnation: string | undefined;
  readonly written: string[] = [];
  /** Leases of another region. */
  elsewhere: EdgeLease[] = [];
  most = 0;
  #writing = 0;

  constructor() {
    super({}, { clock: systemClock });
  }

  override async renewLease(lease: Parameters<MemoryRegistry['renewLease']>[0]): Promise<LeaseRenewal> {
    this.#fail();
    if (this.trouble === 'taken') throw new RegistryError('edge_id_taken', 'Another edge has it.');
    const renewal = await super.renewLease(lease);
    return this.incarnation === undefined ? renewal : { incarnation: this.incarnation };
  }

  override async edges(): Promise<EdgeLease[]> {
    return [...(await super.edges()), ...this.elsewhere];
  }

  override async putMember(...[room, member]: Parameters<MemoryRegistry['putMember']>): Promise<void> {
    this.#fail('partly');
    this.written.push(member.identity);
    this.#writing += 1;
    this.most = Math.max(this.most, this.#writing);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#writing -= 1;
    await super.putMember(room, member);
  }

  override async dropMember(...args: Parameters<MemoryRegistry['dropMember']>): Promise<void> {
    this.#fail('partly');
    await super.dropMember(...args);
  }

  #fail(...also: (typeof this.trouble)[]): void {
    if (['away', ...also].includes(this.trouble))
      throw new RegistryError('unavailable', 'The registry is away.');
  }
}

let registry: UnsteadyRegistry;
let fixture: EdgeFixture;

beforeEach(async () => {
  registry = new UnsteadyRegistry();
  fixture = await new EdgeFixture({}, {}, { registry }).start();
});
afterEach(() => fixture.stop());

const member = (identity: string) => registry.member('room' as RoomId, identity as Identity);

describe('the lease', () => {
  it('of a registry that lost its state makes the edge tell it everything anew, some at a time', async () => {
    const people = Array.from({ length: 100 }, (_, index) => `p${index}`);
    for (const identity of people) await fixture.join({ identity, grants: { publish: false } });
    await until(() => registry.written.length === 100, 'the records');
    registry.written.length = 0;
    registry.incarnation = 'another';
    await until(() => registry.written.length === 100, 'the records anew');
    expect(new Set(registry.written)).toEqual(new Set(people));
    expect(registry.most).toBeLessThanOrEqual(64);
    expect(fixture.edge.counters.registryReturns).toBe(1);
  });

  it('of a registry that was away makes the edge tell what it missed: who came, changed and left', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    await until(() => registry.written.includes('bob'), 'the records');
    registry.trouble = 'away';
    await until(() => fixture.edge.counters.registryFailures > 0, 'a failure');
    ada.send({ type: 'mute', muted: true });
    bob.send({ type: 'leave' });
    expect(await bob.closed).toBe(4000);
    const eve = await fixture.join({ identity: 'eve' });
    expect(fixture.edge.readiness()).toEqual({ ready: true });
    expect(await member('ada')).toMatchObject({ muted: false });
    registry.trouble = 'none';
    await expect.poll(() => member('eve'), { timeout: 5_000 }).toBeDefined();
    await expect.poll(() => member('ada')).toMatchObject({ muted: true });
    await expect.poll(() => member('bob')).toBeUndefined();
    expect(eve.socket.readyState).toBe(eve.socket.OPEN);
  });

  it('makes the edge tell a registry that is there in part what that part has missed', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    await until(() => registry.written.includes('bob'), 'the records');
    registry.trouble = 'partly';
    ada.send({ type: 'mute', muted: true });
    bob.send({ type: 'leave' });
    expect(await bob.closed).toBe(4000);
    await fixture.join({ identity: 'eve' });
    await until(() => fixture.edge.counters.registryFailures >= 3, 'three failures');
    // Who leaves before the registry has heard of them is never told of.
    const joe = await fixture.join({ identity: 'joe' });
    await until(() => fixture.edge.counters.registryFailures >= 4, 'another failure');
    joe.send({ type: 'leave' });
    expect(await joe.closed).toBe(4000);
    registry.written.length = 0;
    registry.trouble = 'none';
    await expect.poll(() => member('eve'), { timeout: 5_000 }).toBeDefined();
    await expect.poll(() => member('ada')).toMatchObject({ muted: true });
    await expect.poll(() => member('bob')).toBeUndefined();
    expect(registry.written).not.toContain('joe');
    expect(fixture.edge.counters.registryReturns).toBe(0);
  });

  it('that another edge takes later is complained about, while calls go on', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    registry.trouble = 'taken';
    await until(() => fixture.edge.counters.edgeIdTaken > 0, 'the refusal');
    expect(fixture.logged.some((line) => line.includes('PARTYLINE_EDGE_ID'))).toBe(true);
    expect(fixture.edge.readiness()).toEqual({ ready: true });
    expect(ada.socket.readyState).toBe(ada.socket.OPEN);
  });

  it('keeps an edge from starting while another of its id is alive', async () => {
    const other = new EdgeFixture({}, {}, { registry });
    await expect(other.start()).rejects.toThrow('PARTYLINE_EDGE_ID');
    await other.bus.stop();
    await expect(other.connect()).rejects.toThrow();
  });

  it('of a former process of this id that crashed is waited for, and nobody can connect meanwhile', async () => {
    const edge = 'edge-9' as EdgeLease['edge'];
    const [lease] = await registry.edges();
    await registry.renewLease({ ...lease!, edge, boot: 'of a process that was killed' });
    const next = new EdgeFixture({ PARTYLINE_EDGE_ID: edge }, {}, { registry });
    const starting = next.start();
    await until(() => next.edge.counters.edgeIdTaken > 1, 'a second refusal');
    expect(next.edge.port).toBe(0);
    await starting;
    const held = (await registry.edges()).find((other) => other.edge === edge);
    expect(held).toMatchObject({ boot: next.edge.boot, maxConnections: 10_000 });
    await next.stop();
  });

  it('is there before anybody can connect, and names no room for them until then', async () => {
    const edge = 'edge-9' as EdgeLease['edge'];
    const next = new EdgeFixture({ PARTYLINE_EDGE_ID: edge }, {}, { registry });
    const seen: [number, number][] = [];
    const renew = vi.spyOn(registry, 'renewLease').mockImplementation(async (lease) => {
      if (lease.edge === edge) seen.push([next.edge.port, lease.maxConnections]);
      return { incarnation: 'one' };
    });
    await next.start();
    renew.mockRestore();
    expect(seen).toEqual([
      [0, 0],
      [next.edge.port, 10_000],
    ]);
    await next.stop();
  });

  it('gives way to an edge of the same id in another region, which the own one cannot know of', async () => {
    const edge = 'edge-9' as EdgeLease['edge'];
    const [lease] = await registry.edges();
    registry.elsewhere = [{ ...lease!, edge, boot: 'elsewhere', region: 'mars' }];
    const next = new EdgeFixture({ PARTYLINE_EDGE_ID: edge }, {}, { registry });
    await expect(next.start()).rejects.toThrow('PARTYLINE_EDGE_ID');
    registry.elsewhere = [];
    expect((await registry.edges()).map((other) => other.edge)).not.toContain(edge);
    await next.bus.stop();
  }, 15_000);

  it('of two that start in two regions at once is that of the older one', async () => {
    const edge = 'edge-9' as EdgeLease['edge'];
    const [lease] = await registry.edges();
    const startedAt = systemClock.now() + 60_000;
    registry.elsewhere = [{ ...lease!, edge, boot: 'b', region: 'mars', maxConnections: 0, startedAt }];
    const next = await new EdgeFixture({ PARTYLINE_EDGE_ID: edge }, {}, { registry }).start();
    expect(next.edge.readiness()).toEqual({ ready: true });
    await next.stop();
  });

  it('of an edge that finds another of its id in a region later is complained about', async () => {
    let laterMs = 0;
    const clock = { now: () => systemClock.now() + laterMs };
    const next = await new EdgeFixture({ PARTYLINE_EDGE_ID: 'edge-9' }, { clock }, { registry }).start();
    const lease = (await registry.edges()).find(({ edge }) => edge === 'edge-9');
    registry.elsewhere = [{ ...lease!, boot: 'elsewhere', region: 'mars' }];
    laterMs = 31_000;
    await until(() => next.edge.counters.edgeIdTaken > 0, 'the look');
    expect(next.logged.some((line) => /in region mars, has the same PARTYLINE_EDGE_ID/.test(line))).toBe(
      true,
    );
    expect(next.edge.readiness()).toEqual({ ready: true });
    await next.stop();
  });
});
