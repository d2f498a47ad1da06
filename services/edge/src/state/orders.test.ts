import type { ControlOrder } from '@partyline/bus';
import type { Identity, RoomId } from '@partyline/protocol';
import { observations, parseEdgeStatus } from '@partyline/status';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, until } from '../edge-fixture.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

const address = ({ edge }: EdgeFixture) => ({ region: 'local', edge: 'edge-1', boot: edge.boot });
const order = (content: ControlOrder) => fixture.controlPlane.order(address(fixture), content, 1_000);
const ada = { room: 'room', identity: 'ada' };

describe('an order', () => {
  it('to mute silences at once, is told, announced and recorded, and can be taken back', async () => {
    const speaker = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    await bob.next('participants');
    expect(await order({ kind: 'mute', ...ada, muted: true })).toBe('done');
    expect(await speaker.next('moderated')).toEqual({ type: 'moderated', muted: true });
    speaker.speak();
    await until(() => fixture.edge.counters.moderatedFrames === 1, 'the drop');
    expect(await bob.next('participants')).toMatchObject({ updated: [{ identity: 'ada', moderated: true }] });
    expect(await fixture.registry.member('room' as RoomId, 'ada' as Identity)).toMatchObject({
      moderated: true,
    });
    await order({ kind: 'mute', ...ada, muted: false });
    await speaker.next('moderated');
    speaker.speak();
    await until(() => bob.frames().length === 1, 'the frame');
  });

  it('for its status is answered with the hops and with how the edge is now', async () => {
    const speaker = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    for (let frame = 0; frame < 3; frame++) speaker.speak();
    await until(() => bob.frames().length === 3, 'the frames');
    const histogram = fixture.metrics.hopLatency({ hop: 'uplink' });
    histogram.observe(0.03);
    const { answer } = await fixture.controlPlane.ask(address(fixture), { kind: 'status' }, 1_000);
    const status = parseEdgeStatus(answer)!;
    expect(status).toMatchObject({
      edge: 'edge-1',
      boot: fixture.edge.boot,
      region: 'local',
      gauges: { connections: 2, rooms: 1, participants: 2, draining: false, bus: {}, redis: {} },
    });
    const uplink = status.latency.find(({ hop }) => hop === 'uplink')!;
    expect(uplink.counts).toHaveLength(status.boundsSeconds.length + 1);
    expect(observations(uplink.counts)).toBe(histogram.count);
    expect(status.passed).toContainEqual({
      hop: 'uplink',
      kind: 'in',
      source: 'edge',
      fromRegion: '',
      toRegion: '',
      frames: 3,
    });
    const counted = fixture.edge.counters.orders;
    await order({ kind: 'status' });
    expect(fixture.edge.counters.orders).toBe(counted);
  });

  it('to mute holds after a reconnect, by the state in the registry (rule 36)', async () => {
    await fixture.join({ identity: 'ada' });
    await fixture.registry.moderate('room' as RoomId, 'ada' as Identity, {
      muted: true,
      selection: 'pinned',
    });
    const again = await fixture.join({ identity: 'ada' });
    expect(again.welcome.moderated).toBe(true);
    const bob = await fixture.join({ identity: 'bob' });
    expect(bob.welcome.participants).toMatchObject([
      { identity: 'ada', moderated: true, selection: 'pinned' },
      { identity: 'bob', moderated: false, selection: 'auto' },
    ]);
  });

  it('to remove tells and closes, and the removed may not come back', async () => {
    const removed = await fixture.join({ identity: 'ada' });
    await fixture.registry.moderate('room' as RoomId, 'ada' as Identity, {
      removedUntil: Date.now() + 60_000,
    });
    expect(await order({ kind: 'remove', ...ada, reason: 'Enough.' })).toBe('done');
    expect(await removed.next('error')).toMatchObject({ code: 'removed', message: 'Enough.' });
    expect(await removed.closed).toBe(4004);
    const again = await fixture.connect();
    again.send({
      type: 'hello',
      version: 1,
      ticket: removed.seat.ticket,
      resumeKey: removed.welcome.resumeKey,
    });
    expect(await again.closed).toBe(4004);
  });

  it('to pin lets a quiet stream through among louder ones, to exclude never', async () => {
    const one = await new EdgeFixture({ PARTYLINE_EDGE_LAST_N: '1' }).start();
    try {
      const loud = await one.join({ identity: 'loud' });
      const quiet = await one.join({ identity: 'ada' });
      const bob = await one.join({ identity: 'bob', grants: { publish: false } });
      loud.speak({ level: 10 });
      quiet.speak({ level: 55 });
      await until(() => one.edge.counters.heldFrames === 1, 'the held frame');
      const give = (content: ControlOrder) => one.controlPlane.order(address(one), content, 1_000);
      expect(await give({ kind: 'selection', ...ada, selection: 'pinned' })).toBe('done');
      quiet.speak({ level: 55 });
      await until(() => bob.frames(quiet.seat.streamId).length === 2, 'the pinned voice with its pre-roll');
      await give({ kind: 'selection', ...ada, selection: 'excluded' });
      quiet.speak({ level: 55 });
      await until(() => one.edge.counters.heldFrames === 2, 'the excluded frame');
    } finally {
      await one.stop();
    }
  });

  it('that an identity was replaced closes the older session only', async () => {
    const older = await fixture.join({ identity: 'ada' });
    const newer = { streamId: 99, generation: 1, resumeId: 'another' };
    expect(await order({ kind: 'replace', ...ada, ...newer, resumeId: older.seat.resumeId })).toBe(
      'not_here',
    );
    const { streamId } = older.seat;
    expect(await order({ kind: 'replace', ...ada, ...newer, replaces: streamId + 1 })).toBe('not_here');
    expect(await order({ kind: 'replace', ...ada, ...newer, replaces: streamId })).toBe('done');
    expect(await older.closed).toBe(4005);
  });

  it('to close a room closes everybody in it', async () => {
    const [one, two, other] = [
      await fixture.join({ identity: 'ada' }),
      await fixture.join({ identity: 'bob' }),
      await fixture.join({ identity: 'eve', room: 'elsewhere' }),
    ];
    expect(await order({ kind: 'close_room', room: 'room' })).toBe('done');
    expect([await one.closed, await two.closed]).toEqual([4006, 4006]);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    expect(await order({ kind: 'close_room', room: 'room' })).toBe('not_here');
    expect(await order({ kind: 'mute', room: 'elsewhere', identity: 'nobody', muted: true })).toBe(
      'not_here',
    );
  });
});

describe('stopping', () => {
  it('closes everybody with a code that says to join elsewhere, and ends the lease', async () => {
    const one = await fixture.join({ identity: 'ada' });
    await until(() => fixture.edge.counters.leaseRenewals > 0, 'the lease');
    expect(await fixture.registry.edges()).toMatchObject([{ edge: 'edge-1', boot: fixture.edge.boot }]);
    expect(fixture.edge.readiness()).toEqual({ ready: true });
    const stopped = fixture.edge.stop(1_000);
    expect(await one.closed).toBe(4200);
    await stopped;
    expect(fixture.edge.readiness()).toEqual({ ready: false, reason: 'stopping' });
    expect(await fixture.registry.edges()).toEqual([]);
    // They may come back on another edge: nobody has left until the registry has missed them for its time.
    expect(await fixture.registry.members('room' as RoomId, { limit: 10 })).toMatchObject([
      { identity: 'ada', reconnecting: true },
    ]);
    await expect(fixture.connect()).rejects.toThrow();
  });
});
