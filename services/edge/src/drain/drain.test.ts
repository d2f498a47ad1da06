import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeFixture, type TestClient, until } from '../edge-fixture.ts';
import { EdgesFixture } from './edges-fixture.ts';

let edges: EdgesFixture;
let one: EdgeFixture;
let two: EdgeFixture;

beforeEach(async () => {
  edges = new EdgesFixture();
  one = await edges.add();
  two = await edges.add();
});
afterEach(() => edges.stop());

/** Does what a client does with a `move`: a shadow on the other edge, then the handover. */
const follow = async (old: TestClient, to: EdgeFixture): Promise<TestClient> => {
  const move = await old.next('move');
  const client = await edges.shadow(to, old, move.ticket!);
  await client.next('ready');
  old.send({ type: 'handover' });
  return client;
};

/** What a client was told about somebody: `joined`, `updated` or `left`, in this order. */
const toldOf = ({ messages }: TestClient, { seat: { streamId } }: TestClient): string[] =>
  messages.flatMap((message) => {
    if (message.type !== 'participants') return [];
    const names = (infos: { streamId: number }[] = []) => infos.some((info) => info.streamId === streamId);
    return [
      ...(names(message.joined) ? ['joined'] : []),
      ...(names(message.updated) ? ['updated'] : []),
      ...(message.left?.includes(streamId) ? ['left'] : []),
    ];
  });

describe('a draining edge', () => {
  it('is unready, is placed on no more, and moves everybody with a ticket of the next generation (rule 60)', async () => {
    const people = await Promise.all(['ada', 'bob', 'eve'].map((identity) => edges.join(one, { identity })));
    const drained = one.edge.drain(4_000);
    expect(one.edge.readiness()).toEqual({ ready: false, reason: 'draining' });
    await until(() => one.edge.counters.movesSent > 0, 'the first move');
    const lease = (await edges.registry.edges()).find(({ edge }) => edge === 'edge-1');
    expect(lease?.draining).toBe(true);
    const moved = await Promise.all(people.map((old) => follow(old, two)));
    await drained;
    expect(one.edge.readiness()).toEqual({ ready: false, reason: 'drained' });
    for (const [index, client] of moved.entries()) {
      expect(client.welcome.generation).toBe(people[index]!.seat.generation + 1);
      expect(client.welcome.streamId).toBe(people[index]!.seat.streamId);
      expect(client.welcome.edge).toBe('edge-2');
    }
    expect(edges.avoided).toEqual([['edge-1'], ['edge-1'], ['edge-1']]);
    const { movesSent, movesCompleted, movesOverdue, movesAbandoned } = one.edge.counters;
    expect({ movesSent, movesCompleted, movesOverdue, movesAbandoned }).toEqual({
      movesSent: 3,
      movesCompleted: 3,
      movesOverdue: 0,
      movesAbandoned: 0,
    });
  });

  it('closes who stays until the end of the window with 4200', async () => {
    const ada = await edges.join(one);
    const drained = one.edge.drain(600);
    const move = await ada.next('move');
    expect(move.withinMs).toBeGreaterThan(0);
    expect(move.withinMs).toBeLessThanOrEqual(600);
    expect(await ada.closed).toBe(4200);
    await drained;
    expect(one.edge.counters.movesOverdue).toBe(1);
  });

  it('closes everybody at once without a window, also when it is hurried', async () => {
    const ada = await edges.join(one);
    const drained = one.edge.drain(60_000);
    await ada.next('move');
    const hurried = one.edge.drain(0);
    expect(await ada.closed).toBe(4200);
    await Promise.all([drained, hurried]);
  });

  it('tells to move without a ticket while no directory answers (rule 60)', async () => {
    edges.directoryAway = true;
    const ada = await edges.join(one);
    void one.edge.drain(5_000);
    const move = await ada.next('move');
    expect(move.ticket).toBeUndefined();
    expect(one.edge.counters.movesWithoutTicket).toBe(1);
  });

  it('refuses newcomers and shadows with 4200, but not who is there, and tells that one again (rule 68)', async () => {
    const ada = await edges.join(one);
    const eve = await edges.join(two, { identity: 'eve' });
    void one.edge.drain(20_000);
    await ada.next('move');
    ada.close();
    const bob = await one.connect();
    bob.send({ type: 'hello', version: 1, ticket: (await edges.ticket({ identity: 'bob' })).ticket });
    expect(await bob.closed).toBe(4200);
    const shadow = await one.connect();
    const { ticket } = await edges.ticket({ identity: 'eve', resumeId: eve.seat.resumeId });
    shadow.send({ type: 'hello', version: 1, ticket, shadow: true });
    expect(await shadow.closed).toBe(4200);
    expect(one.edge.counters.refusals.draining).toBe(2);
    // Its seat is of a newer generation by now, for which it was given a ticket that it may not have got.
    const again = await one.connect();
    again.send({ type: 'hello', version: 1, ticket: ada.seat.ticket, resumeKey: ada.welcome.resumeKey });
    await again.next('ready');
    expect((await again.next('move')).ticket).toBeDefined();
  });

  it('serves again when the drain is called off, by order as well', async () => {
    const ada = await edges.join(one);
    const order = { kind: 'drain', windowMs: 60_000, resume: false } as const;
    const give = (content: typeof order | { kind: 'drain'; windowMs: number; resume: true }) =>
      one.controlPlane.order({ region: 'local', edge: 'edge-1', boot: one.edge.boot }, content, 1_000);
    expect(await give(order)).toBe('done');
    await ada.next('move');
    expect(await give({ ...order, resume: true })).toBe('done');
    expect(one.edge.readiness()).toEqual({ ready: true });
    const lease = async () => (await edges.registry.edges()).find(({ edge }) => edge === 'edge-1');
    await expect.poll(async () => (await lease())?.draining).toBe(false);
    await edges.join(one, { identity: 'bob' });
    expect(ada.socket.readyState).toBe(ada.socket.OPEN);
    // Told once more by the next drain.
    void one.edge.drain(60_000);
    await ada.next('move');
  });

  it('asks for at most 16 tickets at once', async () => {
    const held: (() => void)[] = [];
    let [asking, most] = [0, 0];
    const three = await edges.add(
      {},
      {
        moveTicket: async () => {
          most = Math.max(most, ++asking);
          await new Promise<void>((resolve) => held.push(resolve));
          asking -= 1;
          throw new Error('away');
        },
      },
    );
    const people = await Promise.all(
      Array.from({ length: 40 }, (_, index) => edges.join(three, { identity: `p${index}` })),
    );
    void three.edge.drain(2_500);
    await until(() => asking === 16, 'as many as may be');
    const told = Promise.all(people.map((client) => client.next('move')));
    const release = setInterval(() => held.shift()?.(), 5);
    await told;
    clearInterval(release);
    expect(most).toBe(16);
  });

  it('waits for who has lost the connection, as long as the window lasts', async () => {
    const ada = await edges.join(one);
    ada.close();
    let over = false;
    const drained = one.edge.drain(700).then(() => {
      over = true;
    });
    await until(() => one.edge.counters.drains === 1, 'the drain');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(over).toBe(false);
    await drained;
  });
});

describe('a move', () => {
  it('is seen by others neither as leaving nor as joining', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    const here = await edges.join(one, { identity: 'here', grants: { publish: false } });
    const there = await edges.join(two, { identity: 'there', grants: { publish: false } });
    void one.edge.drain(20_000);
    const moved = await follow(ada, two);
    expect(await ada.closed).toBe(4009);
    await until(() => one.edge.counters.movedAway === 1, 'the departure');
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const listener of [here, there]) {
      const told = toldOf(listener, ada);
      expect(told).not.toContain('left');
      // Once at most, as the listener itself came at nearly the same time.
      expect(told.filter((what) => what === 'joined').length).toBeLessThan(2);
    }
    const member = await edges.registry.member('room' as never, 'ada' as never);
    expect(member).toMatchObject({ edge: 'edge-2', generation: moved.welcome.generation });
  });

  it('loses and doubles no frame for a listener on either edge (rules 63 and 64)', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    const here = await edges.join(one, { identity: 'here', grants: { publish: false } });
    const there = await edges.join(two, { identity: 'there', grants: { publish: false } });
    let sequence = 0;
    const speak = (client: TestClient): void => {
      sequence += 1;
      client.speak({ sequence });
    };
    for (let i = 0; i < 10; i++) speak(ada);
    await until(() => there.frames().length === 10 && here.frames().length === 10, 'the first frames');
    void one.edge.drain(20_000);
    const move = await ada.next('move');
    const shadow = await edges.shadow(two, ada, move.ticket!);
    for (let i = 0; i < 10; i++) speak(ada);
    await shadow.next('ready');
    for (let i = 0; i < 10; i++) speak(ada);
    ada.send({ type: 'handover', last: sequence });
    for (let i = 0; i < 10; i++) speak(shadow);
    const all = Array.from({ length: sequence }, (_, index) => index + 1);
    const heard = ({ media }: TestClient) =>
      media.flatMap(({ frames }) => frames.map((frame) => frame.sequence));
    await until(
      () => here.frames().length >= all.length && there.frames().length >= all.length,
      'every frame',
    );
    for (const listener of [here, there]) {
      expect(heard(listener).toSorted((a, b) => a - b)).toEqual(all);
    }
    // The old connection receives until it ends, and what it sends now is dropped.
    ada.speak({ sequence: sequence + 1 });
    await until(() => one.edge.counters.handedOverFrames === 1, 'the drop');
    expect(await ada.closed).toBe(4009);
  });
});

describe('a shadow', () => {
  it('receives at once, and is the session from ready on, not before (rules 61 and 63)', async () => {
    const bob = await edges.join(two, { identity: 'bob' });
    const ada = await edges.join(one, { identity: 'ada' });
    await until(() => toldOf(bob, ada).length > 0, 'ada');
    const { ticket } = await edges.ticket({ identity: 'ada', resumeId: ada.seat.resumeId, edge: 'edge-3' });
    // The others hear late of this edge, which is not ready before they have answered.
    const three = await edges.add({}, {}, 150);
    const shadow = await edges.shadow(three, ada, ticket);
    shadow.speak();
    shadow.send({ type: 'data', id: 1, text: 'too early' });
    expect(await shadow.next('error')).toMatchObject({ code: 'not_ready', fatal: false });
    expect(three.edge.counters.shadowFrames).toBe(1);
    expect(shadow.messages.some(({ type }) => type === 'ready')).toBe(false);
    expect(ada.socket.readyState).toBe(ada.socket.OPEN);
    expect(await edges.registry.member('room' as never, 'ada' as never)).toMatchObject({ edge: 'edge-1' });
    await shadow.next('ready');
    bob.speak();
    await until(() => shadow.frames(bob.seat.streamId).length === 1, 'the frame');
    shadow.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 1, 'her frame');
    // Not told to move, so the older session is over when the newer one is announced (rule 65).
    expect(await ada.closed).toBe(4009);
    expect(three.edge.counters.shadowsReady).toBe(1);
    expect(toldOf(bob, ada).filter((what) => what !== 'updated')).toEqual(['joined']);
  });

  it('that ends before ready leaves no trace', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    const bob = await edges.join(two, { identity: 'bob' });
    await until(() => toldOf(bob, ada).length > 0, 'ada');
    const three = await edges.add({}, {}, 150);
    const { ticket } = await edges.ticket({ identity: 'ada', resumeId: ada.seat.resumeId, edge: 'edge-3' });
    const shadow = await edges.shadow(three, ada, ticket);
    shadow.close();
    await until(() => three.edge.counters.shadowsAbandoned === 1, 'the end of the shadow');
    // Whatever was on its way has come by the time that this frame has.
    ada.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 1, 'the frame');
    expect(ada.socket.readyState).toBe(ada.socket.OPEN);
    expect(await edges.registry.member('room' as never, 'ada' as never)).toMatchObject({ edge: 'edge-1' });
    expect(toldOf(bob, ada)).toEqual(['joined']);
    expect(three.edge.counters.shadowsReady).toBe(0);
  });

  it('on the edge of its older session is a plain resume (rule 69)', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    const { ticket } = await edges.ticket({ identity: 'ada', resumeId: ada.seat.resumeId });
    const again = await edges.shadow(one, ada, ticket);
    await again.next('ready');
    expect(await ada.closed).toBe(4009);
    expect(one.edge.counters.resumed).toBe(1);
    expect(one.edge.counters.shadows).toBe(0);
  });

  it('with a generation that another edge has already is refused (rule 69)', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    await edges.join(two, { identity: 'bob' });
    const { ticket } = await edges.ticket({ identity: 'ada', resumeId: ada.seat.resumeId, edge: 'edge-2' });
    const three = await edges.add();
    await edges.join(three, { identity: 'eve' });
    const first = await edges.shadow(two, ada, ticket);
    await first.next('ready');
    expect(await ada.closed).toBe(4009);
    // The same ticket once more, on an edge that cannot know of its use but from the others.
    await edges.registry.dropLease('edge-2' as never, two.edge.boot);
    const copy = await three.connect();
    copy.send({ type: 'hello', version: 1, ticket, shadow: true });
    expect(await copy.closed).toBe(4009);
  });
});

describe('a participant who comes back on another edge', () => {
  const comeBack = async (old: TestClient): Promise<TestClient> => {
    const client = await two.connect();
    client.seat = await edges.ticket({ identity: 'ada', resumeId: old.seat.resumeId, edge: 'edge-2' });
    client.send({ type: 'hello', version: 1, ticket: client.seat.ticket });
    await client.next('ready');
    return client;
  };

  it('after losing the connection has not left, and is no longer on the former edge', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    const bob = await edges.join(one, { identity: 'bob' });
    ada.close();
    const isAda = ({ streamId }: { streamId: number }) => streamId === ada.seat.streamId;
    // In one message with her coming, perhaps, as both are told every 100 ms.
    const told = (reconnecting: boolean) => () =>
      bob.messages
        .flatMap((message) =>
          message.type === 'participants' ? [...(message.joined ?? []), ...(message.updated ?? [])] : [],
        )
        .findLast(isAda)?.reconnecting === reconnecting;
    await until(told(true), 'ada reconnecting');
    const back = await comeBack(ada);
    await until(told(false), 'ada back');
    back.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 1, 'the frame');
    expect(toldOf(bob, ada)).not.toContain('left');
    expect(one.edge.counters.movedAway).toBe(1);
    expect(await edges.registry.member('room' as never, 'ada' as never)).toMatchObject({ edge: 'edge-2' });
  });

  it('while the older connection stands ends that one (rule 65)', async () => {
    const ada = await edges.join(one, { identity: 'ada' });
    await comeBack(ada);
    expect(await ada.closed).toBe(4009);
    expect(one.edge.counters.handovers).toBe(0);
  });
});

describe('an edge with too much load', () => {
  it('moves one room, which suffices, and stays ready', async () => {
    // All edges of a test share one event loop, so what another one says of its load is made up.
    const registry = new Proxy(edges.registry, {
      get: (target, name: keyof typeof edges.registry) => {
        if (name !== 'edges') return (target[name] as () => unknown).bind(target);
        return async () => (await target.edges()).map((lease) => ({ ...lease, load: 0.1 }));
      },
    });
    const full = await edges.add(
      { PARTYLINE_EDGE_MAX_CONNECTIONS: '10', PARTYLINE_EDGE_SHED_FROM: '0.4' },
      { registry },
    );
    const join = (room: string) => (identity: string) => edges.join(full, { room, identity });
    const large = await Promise.all(['a', 'b', 'c'].map(join('large')));
    const small = await Promise.all(['d', 'e'].map(join('small')));
    await expect.poll(() => full.edge.counters.roomsShed, { timeout: 15_000 }).toBe(1);
    for (const client of large) {
      expect(await client.next('move')).toMatchObject({ ticket: expect.any(String) });
    }
    expect(full.edge.readiness()).toEqual({ ready: true });
    for (const { messages } of small) expect(messages.some(({ type }) => type === 'move')).toBe(false);
  }, 30_000);
});

describe('a ticket for another edge', () => {
  it('is sent on to that edge while it is alive, and puts no room here (rule 67)', async () => {
    const { ticket } = await edges.ticket({ edge: 'edge-2' });
    const client = await one.connect();
    client.send({ type: 'hello', version: 1, ticket });
    expect(await client.next('move')).toEqual({
      type: 'move',
      withinMs: 0,
      ticket,
      expiresAt: expect.any(Number),
      edge: 'edge-2',
      url: 'ws://edge-2.test/v1/ws',
    });
    expect(await client.closed).toBe(4202);
    expect((await edges.registry.places('room' as never)).places).toEqual([]);
    const there = await two.connect();
    there.send({ type: 'hello', version: 1, ticket });
    await there.next('ready');
  });
});
