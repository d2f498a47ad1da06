import type { Identity, RoomId } from '@partyline/protocol';
import { type EdgeLease, type LeaseRenewal, MemoryRegistry, RegistryError } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, until } from '../edge-fixture.ts';

/** A registry that can be away, forget everything, or have another edge of the same id. */
class UnsteadyRegistry extends MemoryRegistry {
  trouble: 'none' | 'away' | 'taken' = 'none';
  incarnation: string | undefined;
  readonly written: string[] = [];
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

  override async putMember(...[room, member]: Parameters<MemoryRegistry['putMember']>): Promise<void> {
    this.#fail();
    this.written.push(member.identity);
    this.#writing += 1;
    this.most = Math.max(this.most, this.#writing);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#writing -= 1;
    await super.putMember(room, member);
  }

  override async dropMember(...args: Parameters<MemoryRegistry['dropMember']>): Promise<void> {
    this.#fail();
    await super.dropMember(...args);
  }

  #fail(): void {
    if (this.trouble === 'away') throw new RegistryError('unavailable', 'The registry is away.');
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

  it('of a former process of this id that crashed is waited for', async () => {
    const edge = 'edge-9' as EdgeLease['edge'];
    const [lease] = await registry.edges();
    await registry.renewLease({ ...lease!, edge, boot: 'of a process that was killed' });
    const next = await new EdgeFixture({ PARTYLINE_EDGE_ID: edge }, {}, { registry }).start();
    const held = (await registry.edges()).find((other) => other.edge === edge);
    expect(held?.boot).toBe(next.edge.boot);
    await next.stop();
  });
});
