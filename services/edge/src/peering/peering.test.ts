import type { RoomId } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterEdge, ClusterFixture, sawLeave, seenBy, untilSeen } from '../cluster-fixture.ts';
import { until } from '../edge-fixture.ts';

let cluster: ClusterFixture;
let one: ClusterEdge;
let two: ClusterEdge;

beforeEach(async () => {
  cluster = new ClusterFixture();
  one = await cluster.add('edge-1');
  two = await cluster.add('edge-2');
});
afterEach(() => cluster.stop());

const listener = { publish: false };

describe('a room on two edges', () => {
  it('shows everybody to everybody, and silent listeners as one number (rules 28 and 91)', async () => {
    const ada = await one.join({ identity: 'ada' });
    const eve = await one.join({ identity: 'eve', grants: listener });
    const bob = await two.join({ identity: 'bob' });
    await two.join({ identity: 'kim', grants: listener });
    await untilSeen(ada, 'ada', 'bob');
    await untilSeen(bob, 'ada', 'bob');
    await until(() => seenBy(ada).listeners === 2 && seenBy(bob).listeners === 2, 'both listeners');
    const late = await two.join({ identity: 'late', grants: listener });
    expect(late.welcome.participants.map(({ identity }) => identity).sort()).toEqual(['ada', 'bob']);
    expect(late.welcome.listeners).toBe(3);
    await until(() => seenBy(eve).listeners === 3, 'the third listener');
  });

  it('announces mute, loss and return of a remote participant as changes, and leaving as leaving', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    const seen = () => seenBy(ada).participants.find(({ identity }) => identity === 'bob');
    bob.send({ type: 'mute', muted: true });
    await until(() => seen()?.muted === true, 'the mute');
    bob.close();
    await until(() => seen()?.reconnecting === true, 'the loss');
    const again = await two.join({ identity: 'bob', resumeId: bob.seat.resumeId });
    await until(() => seen()?.reconnecting === false, 'the return');
    again.send({ type: 'leave' });
    await untilSeen(ada, 'ada');
    expect(sawLeave(ada, bob.seat.streamId)).toBe(true);
  });

  it('tells everybody which codecs all who listen can decode, as they come, go and change edges (rule 48)', async () => {
    const last = (client: typeof ada) =>
      client.messages.reduce<readonly number[]>(
        (known, message) =>
          message.type === 'participants' || message.type === 'welcome' ? (message.codecs ?? known) : known,
        [],
      );
    const ada = await one.join({ identity: 'ada', hello: { codecs: [1, 2, 3, 9] } as never });
    expect(ada.welcome.codecs).toEqual([1, 2, 3, 9]);
    const bob = await two.join({ identity: 'bob', hello: { codecs: [3, 2, 1, 1] } as never });
    await until(() => last(ada).join() === '1,2,3' && last(bob).join() === '1,2,3', 'what both can decode');
    // Who only speaks need not decode anything; who names nothing decodes Opus.
    await one.join({ identity: 'mic', grants: { subscribe: false }, hello: { codecs: [] } as never });
    const old = await two.join({ identity: 'old' });
    await until(() => last(ada).join() === '1' && last(bob).join() === '1', 'Opus');
    expect(old.welcome.codecs).toEqual([1]);
    const strange = await one.join({ identity: 'strange', hello: { codecs: [7] } as never });
    expect(strange.welcome.codecs).toEqual([]);
    await until(() => last(bob).length === 0, 'that there is none');
    for (const client of [old, strange]) client.send({ type: 'leave' });
    await until(() => last(ada).join() === '1,2,3' && last(bob).join() === '1,2,3', 'both alone again');
  });

  it('is entered in the registry with its count, and left when nobody is there', async () => {
    const ada = await one.join({ identity: 'ada' });
    await one.join({ identity: 'eve' });
    await two.join({ identity: 'bob' });
    const counts = async () =>
      (await cluster.registry.places('room' as RoomId)).places.map(({ edge, participants }) => [
        edge,
        participants,
      ]);
    let found: unknown[][] = [];
    const poll = setInterval(async () => {
      found = await counts();
    }, 20);
    await until(() => JSON.stringify(found.sort()) === '[["edge-1",2],["edge-2",1]]', 'the counts').finally(
      () => clearInterval(poll),
    );
    ada.send({ type: 'leave' });
    for (const { clients } of [one, two]) for (const client of clients) client.send({ type: 'leave' });
    const poll2 = setInterval(async () => {
      found = await counts();
    }, 20);
    await until(() => found.length === 0, 'no places').finally(() => clearInterval(poll2));
  });

  it('passes a participant who comes back on the other edge without a leave or a join', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    const eve = await two.join({ identity: 'eve' });
    await untilSeen(ada, 'ada', 'bob', 'eve');
    bob.close();
    const moved = await one.join({ identity: 'bob', resumeId: bob.seat.resumeId });
    expect(moved.seat).toMatchObject({ streamId: bob.seat.streamId, generation: 1 });
    await until(() => two.edge.counters.peering.superseded === 1, 'the older session to be superseded');
    await until(
      () =>
        [ada, eve].every((client) =>
          seenBy(client).participants.some(
            ({ identity, reconnecting }) => identity === 'bob' && !reconnecting,
          ),
        ),
      'bob back with both',
    );
    expect([ada, eve].some((client) => sawLeave(client, bob.seat.streamId))).toBe(false);
    moved.send({ type: 'leave' });
    await untilSeen(ada, 'ada', 'eve');
    await untilSeen(eve, 'ada', 'eve');
  });

  it('closes the older of two sessions with 4009, also of somebody who only listens (rules 31 and 93)', async () => {
    await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    const kim = await two.join({ identity: 'kim', grants: listener });
    await one.join({ identity: 'bob', resumeId: bob.seat.resumeId });
    expect(await bob.closed).toBe(4009);
    await one.join({ identity: 'kim', resumeId: kim.seat.resumeId, grants: listener });
    expect(await kim.closed).toBe(4009);
  });

  it('carries data to everybody and to those it names, and counts recipients of all edges', async () => {
    const ada = await one.join({ identity: 'ada' });
    await one.join({ identity: 'eve' });
    const bob = await two.join({ identity: 'bob' });
    const kim = await two.join({ identity: 'kim', grants: listener });
    await untilSeen(ada, 'ada', 'bob', 'eve');
    ada.send({ type: 'data', id: 1, text: 'hello' });
    expect(await ada.next('dataAck')).toEqual({ type: 'dataAck', id: 1, recipients: 3 });
    expect(await bob.next('data')).toMatchObject({ from: 'ada', text: 'hello', direct: false });
    ada.send({ type: 'data', id: 2, text: 'you two', to: ['bob', 'eve'] });
    expect(await ada.next('dataAck')).toEqual({ type: 'dataAck', id: 2, recipients: 2 });
    expect(await bob.next('data')).toMatchObject({ text: 'you two', direct: true });
    ada.send({ type: 'data', id: 3, text: 'psst', to: ['kim'] });
    expect(await ada.next('dataAck')).toEqual({ type: 'dataAck', id: 3, recipients: 1 });
    expect(kim.messages.filter(({ type }) => type === 'data')).toHaveLength(2);
    expect(bob.messages.filter(({ type }) => type === 'data')).toHaveLength(2);
  });

  it('says how many got data after half a second when an edge does not answer', async () => {
    const ada = await one.join({ identity: 'ada' });
    await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    two.control.loses = ({ content }) => content.type === 'dataDelivered';
    const sentAtMs = performance.now();
    ada.send({ type: 'data', id: 1, text: 'hello' });
    expect(await ada.next('dataAck')).toMatchObject({ recipients: 0 });
    expect(performance.now() - sentAtMs).toBeGreaterThan(450);
    expect(one.edge.counters.peering.dataUnanswered).toBe(1);
  });
});

describe('what gets lost between edges', () => {
  it('does not keep a joiner from `ready` before the others know it (rule 94)', async () => {
    const ada = await one.join({ identity: 'ada' });
    let greetings = 0;
    two.control.loses = ({ content }) =>
      content.type === 'part' && content.ack !== undefined && greetings++ === 0;
    const bob = await two.join({ identity: 'bob' });
    expect(greetings).toBe(2);
    expect(two.edge.counters.peering).toMatchObject({ barrierRetries: 1, barrierTimeouts: 0 });
    // At `ready` the other edge sends its frames: the first one is heard.
    ada.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 1, 'the first frame');
  });

  it('holds `ready` back for half a second at most', async () => {
    await one.join({ identity: 'ada' });
    one.control.loses = () => true;
    const startedAtMs = performance.now();
    await two.join({ identity: 'bob' });
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThan(450);
    expect(tookMs).toBeLessThan(1_500);
    expect(two.edge.counters.peering.barrierTimeouts).toBe(1);
    one.control.loses = () => false;
    await until(() => seenBy(two.clients[0]!).identities === 'ada bob', 'the repair by digest');
  });

  it('is found by the gap in versions at the next change', async () => {
    const ada = await one.join({ identity: 'ada' });
    await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    two.control.loses = ({ content }) => content.type === 'change';
    await two.join({ identity: 'eve' });
    await until(() => two.control.lost === 1, 'the lost change');
    two.control.loses = () => false;
    await two.join({ identity: 'kim' });
    await untilSeen(ada, 'ada', 'bob', 'eve', 'kim');
    expect(one.edge.counters.peering.gaps).toBeGreaterThan(0);
  });

  it('is found by a digest when nothing changes any more (rule 95)', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    two.control.loses = ({ content }) => content.type === 'change';
    bob.send({ type: 'mute', muted: true });
    await until(() => two.control.lost === 1, 'the lost change');
    two.control.loses = () => false;
    await until(
      () => seenBy(ada).participants.some(({ identity, muted }) => identity === 'bob' && muted),
      'the repair by digest',
    );
  });

  it('may be that a room was left', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    two.control.loses = ({ content }) => content.type === 'change' || content.type === 'gone';
    bob.send({ type: 'leave' });
    await until(() => two.control.lost === 2, 'change and goodbye to get lost');
    two.control.loses = () => false;
    // It may have moved, as far as is known: so it is only after 5 s that it has left.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await untilSeen(ada, 'ada');
  }, 15_000);
});

describe('an edge that goes', () => {
  it('takes its goodbye for no departure of those who come back elsewhere', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    await two.edge.stop(2_000);
    expect(await bob.closed).toBe(4200);
    const again = await one.join({ identity: 'bob', resumeId: bob.seat.resumeId });
    await untilSeen(again, 'ada', 'bob');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(sawLeave(ada, bob.seat.streamId)).toBe(false);
    expect(seenBy(ada).identities).toBe('ada bob');
  });
});

describe('voice', () => {
  it('reaches every listener once, while the ways change from inboxes to the channel of the room (rule 98)', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob', grants: listener });
    let spoken = 0;
    const talk = setInterval(() => {
      ada.speak();
      spoken += 1;
    }, 20);
    await until(() => bob.frames().length > 5, 'voice by the inbox');
    const three = await cluster.add('edge-3');
    const kim = await three.join({ identity: 'kim', grants: listener });
    const first = spoken;
    await until(
      () => [one, two, three].every(({ edge }) => edge.counters.peering.changes > 1),
      'the channel',
    );
    await until(() => kim.frames().length > 30, 'voice by the channel');
    clearInterval(talk);
    await until(() => bob.frames().length === spoken, 'the last frame');
    expect(new Set(bob.frames().map(({ sequence }) => sequence)).size).toBe(spoken);
    const heard = kim.frames().map(({ sequence }) => sequence);
    expect(heard).toEqual(Array.from({ length: heard.length }, (_, index) => heard[0]! + index));
    expect(heard[0]).toBeLessThanOrEqual(first + 1);
  });

  it('costs the bus nothing when nobody listens elsewhere', async () => {
    const ada = await one.join({ identity: 'ada' });
    const eve = await one.join({ identity: 'eve', grants: listener });
    const bob = await two.join({ identity: 'bob', grants: { subscribe: false } });
    await untilSeen(ada, 'ada', 'bob');
    for (let i = 0; i < 10; i++) ada.speak();
    await until(() => eve.frames().length === 10, 'voice here');
    expect(one.edge.counters.relay.sentFrames).toBe(0);
    expect(bob.frames()).toEqual([]);
  });
});

describe('join storms', () => {
  it('cost each peer a message a tick, not one a join', async () => {
    const ada = await one.join({ identity: 'ada' });
    await two.join({ identity: 'bob' });
    await untilSeen(ada, 'ada', 'bob');
    const { peering } = two.edge.counters;
    const before = peering.changes;
    const names = Array.from({ length: 60 }, (_, index) => `guest-${index}`);
    await Promise.all(names.map((identity) => two.join({ identity })));
    await until(() => seenBy(ada).participants.length === 62, 'everybody');
    expect(peering.changes - before).toBeLessThan(40);
  });
});
