import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimed, EDGE, lease, memberOf, type RegistryFixture } from './contract-fixture.ts';
import type { EventLog, LoggedEvent, RoomEvent } from './event-log.ts';

/** An empty registry and the log that it writes. */
export interface EventLogFixture extends RegistryFixture {
  events: EventLog;
}

const room = 'lobby' as RoomId;
const ada = 'ada' as Identity;
const bob = 'bob' as Identity;

const typesOf = (logged: readonly LoggedEvent[]): string[] => logged.map(({ event }) => event.type);

/** Reads until there is no more, and acknowledges. */
const drained = async (events: EventLog): Promise<LoggedEvent[]> => {
  const all: LoggedEvent[] = [];
  for (;;) {
    const some = await events.read('drain', 100);
    if (some.length === 0) return all;
    await events.acknowledge('drain', some);
    all.push(...some);
  }
};

/** Every rule of `EventLog`, together with the registry that writes it, for any engine's tests. */
export const eventLogContract = (name: string, make: () => Promise<EventLogFixture>): void => {
  describe(`event log contract: ${name}`, () => {
    contentContract(make);
    deliveryContract(make);
  });
};

const contentContract = (make: () => Promise<EventLogFixture>): void => {
  describe('what is told', () => {
    it('is the life of a room, in the order of its versions', async () => {
      const { registry, events, advance } = await make();
      await registry.renewLease(lease());
      await registry.createRoom(room, { emptyTimeoutSeconds: 5 });
      const seat = await claimed(registry, room, ada);
      const name = 'Ada "the first" \\ \n \u{1f600}';
      await registry.putMember(room, memberOf(seat, ada, { name, hidden: true }));
      await registry.dropMember(room, seat.streamId, EDGE, 0);
      for (let second = 0; second < 20; second++) {
        await advance(1_000);
        await registry.renewLease(lease());
      }
      expect(await registry.room(room)).toBeUndefined();
      const told = (await events.read('one', 10)).map(({ event }) => event);
      const who = { identity: ada, streamId: seat.streamId, name };
      expect(told).toMatchObject([
        { type: 'room_started', room },
        { type: 'participant_joined', room, ...who },
        { type: 'participant_left', room, ...who },
        { type: 'room_ended', room },
      ]);
      expectOrdered(told);
      expect(told[3]!.at - told[2]!.at).toBeGreaterThanOrEqual(5_000);
    });

    it('is no reconnect, no move to another edge and no mute', async () => {
      const { registry, events } = await make();
      const seat = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(seat, ada));
      await registry.putMember(room, memberOf(seat, ada, { muted: true, reconnecting: true }));
      const moved = { ...seat, generation: 1 };
      await registry.putMember(room, memberOf(moved, ada, { edge: 'edge-2' as EdgeId, boot: 'b2' }));
      await registry.putMember(room, memberOf(seat, ada));
      await registry.dropMember(room, seat.streamId, EDGE, 0);
      await registry.moderate(room, ada, { muted: true });
      expect(typesOf(await drained(events))).toEqual(['room_started', 'participant_joined']);
    });

    it('is no end of a room that is refilled in time, nor anything of one that nobody was in', async () => {
      const { registry, events, advance } = await make();
      await registry.createRoom('never' as RoomId, { emptyTimeoutSeconds: 1 });
      await registry.createRoom(room, { emptyTimeoutSeconds: 30 });
      const first = await claimed(registry, room, ada);
      await registry.putMember(room, memberOf(first, ada));
      await registry.dropMember(room, first.streamId, EDGE, 0);
      await advance(20_000);
      const second = await claimed(registry, room, bob);
      await registry.putMember(room, memberOf(second, bob));
      expect(await registry.room('never' as RoomId)).toBeUndefined();
      expect(typesOf(await drained(events))).toEqual([
        'room_started',
        'participant_joined',
        'participant_left',
        'participant_joined',
      ]);
    });

    it('is everybody who was in a room that is deleted; its next life has a later incarnation', async () => {
      const { registry, events } = await make();
      for (let life = 1; life <= 2; life++) {
        for (const who of [ada, bob]) {
          await registry.putMember(room, memberOf(await claimed(registry, room, who), who));
        }
        await registry.deleteRoom(room);
        await registry.deleteRoom(room);
      }
      const all = await drained(events);
      const start = ['room_started', 'participant_joined', 'participant_joined'];
      const end = ['participant_left', 'participant_left', 'room_ended'];
      expect(typesOf(all)).toEqual([...start, ...end, ...start, ...end]);
      expectOrdered(all.map(({ event }) => event));
    });

    it('is whoever was on an edge that died', async () => {
      const { registry, events, advance } = await make();
      await registry.renewLease(lease());
      await registry.putMember(room, memberOf(await claimed(registry, room, ada), ada));
      await drained(events);
      for (let second = 0; second < 20; second++) await advance(1_000);
      expect(await registry.room(room)).toMatchObject({ participants: 0 });
      expect(await drained(events)).toMatchObject([{ event: { type: 'participant_left', identity: ada } }]);
    });

    it('is once that an edge is drained: nobody is on it any more, or its lease is dropped', async () => {
      const { registry, events } = await make();
      const edge = { edge: 'edge-2' as EdgeId };
      await registry.renewLease(lease({ draining: true, connections: 2 }));
      await registry.renewLease(lease(edge));
      expect(await drained(events)).toEqual([]);
      for (let times = 0; times < 3; times++) {
        await registry.renewLease(lease({ draining: true, connections: 0 }));
      }
      const told = await drained(events);
      expect(told).toMatchObject([{ event: { type: 'edge_drained', edge: EDGE, region: 'eu' } }]);
      await registry.dropLease(EDGE, 'boot-1');
      expect(await drained(events)).toEqual([]);
      await registry.renewLease(lease({ ...edge, draining: true, connections: 5 }));
      await registry.dropLease(edge.edge, 'boot-1');
      expect(await drained(events)).toMatchObject([{ event: { type: 'edge_drained', ...edge } }]);
    });

    it('adds up to who is there, whatever happens', async () => {
      const step = fc.record({
        who: fc.constantFrom('a', 'b', 'c') as fc.Arbitrary<Identity>,
        action: fc.constantFrom('join', 'move', 'leave', 'delete'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const { registry, events } = await make();
          const present = new Map<Identity, Awaited<ReturnType<typeof claimed>>>();
          for (const { who, action } of steps) {
            const seat = present.get(who);
            if (action === 'join' && seat === undefined) {
              present.set(who, await claimed(registry, room, who));
              await registry.putMember(room, memberOf(present.get(who)!, who));
            } else if (action === 'move' && seat !== undefined) {
              seat.generation += 1;
              await registry.putMember(room, memberOf(seat, who));
            } else if (action === 'leave' && seat !== undefined) {
              await registry.dropMember(room, seat.streamId, EDGE, seat.generation);
              present.delete(who);
            } else if (action === 'delete') {
              await registry.deleteRoom(room);
              present.clear();
            }
          }
          const all = await drained(events);
          expectOrdered(all.map(({ event }) => event));
          expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
          expect(replay(all)).toEqual(new Set(present.keys()));
        }),
        { numRuns: 30 },
      );
    });
  });
};

const deliveryContract = (make: () => Promise<EventLogFixture>): void => {
  const filled = async (count: number): Promise<EventLogFixture> => {
    const fixture = await make();
    for (let index = 0; index < count; index++) {
      const who = `p${index}` as Identity;
      await fixture.registry.putMember(room, memberOf(await claimed(fixture.registry, room, who), who));
    }
    return fixture;
  };

  describe('delivery', () => {
    it('goes on until it is acknowledged, the same event under the same id', async () => {
      const { events } = await filled(3);
      const first = await events.read('one', 10);
      expect(first).toHaveLength(4);
      expect(await events.read('one', 10)).toEqual(first);
      await events.acknowledge('one', first.slice(0, 3));
      expect(await events.read('one', 10)).toEqual(first.slice(3));
      await events.acknowledge('one', first.slice(3));
      await events.acknowledge('one', first);
      expect(await events.read('one', 10)).toEqual([]);
    });

    it('is the oldest first, and no more than asked for', async () => {
      const { events } = await filled(5);
      const all = await events.read('one', 100);
      expect(await events.read('one', 2)).toEqual(all.slice(0, 2));
      await events.acknowledge('one', all.slice(0, 2));
      expect(await events.read('one', 3)).toEqual(all.slice(2, 5));
    });

    it('is to one consumer at a time', async () => {
      const { events } = await filled(1);
      const mine = await events.read('one', 10);
      expect(mine).toHaveLength(2);
      expect(await events.read('two', 10)).toEqual([]);
      await events.release('two');
      expect(await events.read('two', 10)).toEqual([]);
      await events.release('one');
      expect(await events.read('two', 10)).toEqual(mine);
      expect(await events.read('one', 10)).toEqual([]);
    });

    it('goes to another when the consumer has not read for 10 s; the former acknowledges nothing', async () => {
      const { events, advance } = await filled(1);
      const mine = await events.read('one', 10);
      await advance(9_000);
      expect(await events.read('two', 10)).toEqual([]);
      await advance(1_500);
      expect(await events.read('two', 10)).toEqual(mine);
      await events.acknowledge('one', mine);
      expect(await events.read('two', 10)).toEqual(mine);
      await events.acknowledge('two', mine);
      expect(await events.read('two', 10)).toEqual([]);
    });
  });
};

/** Versions of one room only go up. */
const expectOrdered = (events: readonly RoomEvent[]): void => {
  const versions = events.flatMap((event) => (event.type === 'edge_drained' ? [] : [event.version]));
  for (let index = 1; index < versions.length; index++) {
    const [before, after] = [versions[index - 1]!, versions[index]!];
    if (before.incarnation === after.incarnation) expect(after.counter).toBeGreaterThan(before.counter);
    else expect(after.incarnation > before.incarnation).toBe(true);
  }
};

/** Who is in the room after these events. */
const replay = (logged: readonly LoggedEvent[]): Set<Identity> => {
  const present = new Set<Identity>();
  let isStarted = false;
  for (const { event } of logged) {
    if (event.type === 'room_started' || event.type === 'room_ended') {
      expect(isStarted).toBe(event.type === 'room_ended');
      isStarted = event.type === 'room_started';
      expect(present.size).toBe(0);
    } else if (event.type === 'participant_joined') {
      expect(isStarted && !present.has(event.identity)).toBe(true);
      present.add(event.identity);
    } else if (event.type === 'participant_left') expect(present.delete(event.identity)).toBe(true);
  }
  return present;
};
