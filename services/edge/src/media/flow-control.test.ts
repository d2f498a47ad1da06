import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdgeCounters } from '../counters.ts';
import { FLOW_TICK_MS, STUCK_AFTER_MS } from '../limits.ts';
import { Room } from '../rooms/room.ts';
import { Session } from '../sessions/session.ts';
import type { Connection } from '../transport/connection.ts';
import { FlowControl } from './flow-control.ts';
import { Topic, TopicIds } from './topic.ts';

class FakeConnection implements Connection {
  open = true;
  sent: { type: string; [field: string]: unknown }[] = [];
  topics = new Set<string>();
  buffered = 0;
  onEnd: (code: number) => void = () => undefined;
  sendText(text: string): boolean {
    if (this.open) this.sent.push(JSON.parse(text));
    return this.open;
  }
  sendBinary = () => this.open;
  subscribe = (topic: string) => void this.topics.add(topic);
  unsubscribe = (topic: string) => void this.topics.delete(topic);
  publishText = () => undefined;
  bufferedBytes = () => this.buffered;
  end(code: number): void {
    this.open = false;
    this.onEnd(code);
  }
}

const setUp = () => {
  const counters = new EdgeCounters();
  const publisher = { publishBinary: () => undefined, publishText: () => undefined };
  const room = new Room('room' as Room['name'], new Topic(7), 3, counters, publisher);
  const flow = new FlowControl(counters);
  let nowMs = 0;
  const listen = () => {
    const connection = new FakeConnection();
    const events = {
      text: () => undefined,
      binary: () => undefined,
      pong: () => undefined,
      closed: (session: Session) => {
        session.phase = 'closed';
        flow.detach(session, room, 'closed');
      },
    };
    const session = new Session(connection, events, counters, 0);
    connection.onEnd = (code) => session.onClosed(code);
    session.phase = 'joined';
    session.room = room;
    flow.attach(session, room, room.topic);
    return { session, connection };
  };
  const publish = (frames: number) => {
    room.topic.advance(frames, nowMs);
    counters.offeredFrames += frames * room.listening;
    counters.egressFrames += frames * room.attached;
  };
  const tick = (sessions: Session[], count = 1) => {
    for (let i = 0; i < count; i++) {
      nowMs += FLOW_TICK_MS;
      for (const session of sessions) if (session.phase === 'joined') flow.tick(session, nowMs);
      room.topic.mark();
    }
  };
  /** Takes an acknowledgement now. */
  const acknowledge = (session: Session, topic: number, sequence: number, gaps?: [number, number][]) =>
    flow.acknowledge(session, topic, sequence, nowMs, gaps);
  /** A listener right beside the edge, as its first acknowledgement shows. */
  const listenNear = () => {
    const listener = listen();
    publish(1);
    acknowledge(listener.session, 7, room.topic.sequence);
    return listener;
  };
  return { counters, room, flow, listen, listenNear, publish, tick, acknowledge };
};

describe('flow control', () => {
  it('pauses a listener whose oldest unacknowledged message is nearly 500 ms old, not much earlier (rule 42)', () => {
    const { room, flow, listenNear, publish, tick } = setUp();
    const { session, connection } = listenNear();
    publish(1);
    tick([session], 17);
    expect(session.flow?.paused).toBe(false);
    publish(2);
    tick([session], 1);
    expect(session.flow?.paused).toBe(true);
    expect(connection.sent.at(-1)).toEqual({ type: 'paused', topic: 7, sequence: 3 });
    expect(connection.topics.has(room.mediaTopic)).toBe(false);
    expect(flow.paused).toBe(1);
  });

  it('resumes on the acknowledgement of the paused sequence and says how many frames were left out', () => {
    const { counters, room, listenNear, publish, tick, acknowledge } = setUp();
    const { session, connection } = listenNear();
    publish(1);
    tick([session], 18);
    publish(3);
    publish(2);
    expect(acknowledge(session, 7, 2)).toBe(true);
    expect(connection.sent.at(-1)).toEqual({ type: 'subscribed', topic: 7, sequence: 4, skippedFrames: 5 });
    expect(connection.topics.has(room.mediaTopic)).toBe(true);
    expect(counters).toMatchObject({ pausedFrames: 5, acknowledgedFrames: 2, pauses: 1, resumes: 1 });
    publish(1);
    expect(acknowledge(session, 7, 5)).toBe(true);
    expect(counters.acknowledgedFrames).toBe(3);
  });

  it('leaves a listener alone that acknowledges every 200 ms', () => {
    const { counters, room, listen, publish, tick, acknowledge } = setUp();
    const { session } = listen();
    for (let i = 0; i < 100; i++) {
      publish(1);
      tick([session]);
      if (i % 8 === 0) acknowledge(session, 7, room.topic.sequence);
    }
    expect(counters.pauses).toBe(0);
  });

  it('leaves a listener alone whose path is long: what is under way is not waiting', () => {
    const { counters, room, listen, publish, tick, acknowledge } = setUp();
    const { session } = listen();
    const roundTripTicks = 400 / FLOW_TICK_MS;
    const acknowledgeEvery = 200 / FLOW_TICK_MS;
    for (let i = 0; i < 400; i++) {
      publish(1);
      tick([session]);
      const received = room.topic.sequence - roundTripTicks;
      if (received > 0 && i % acknowledgeEvery === 0) acknowledge(session, 7, received);
    }
    expect(counters.pauses).toBe(0);
    // It stalls: half a second, and its round trip of 0.4 s, is what it is given.
    let ticks = 0;
    while (session.flow?.paused === false) {
      publish(1);
      tick([session]);
      ticks += 1;
    }
    expect(ticks * FLOW_TICK_MS).toBeLessThanOrEqual(500);
  });

  it('closes a listener that stays paused for 10 s (rule 43)', () => {
    const { counters, listenNear, publish, tick } = setUp();
    const { session, connection } = listenNear();
    publish(4);
    tick([session], 18);
    publish(5);
    tick([session], STUCK_AFTER_MS / FLOW_TICK_MS);
    expect(connection.open).toBe(true);
    tick([session], 2);
    expect(connection.open).toBe(false);
    expect(counters).toMatchObject({ closedFrames: 4, pausedFrames: 5, offeredFrames: 10 });
  });

  it('pauses earlier when too much is unsent', () => {
    const { listen, publish, tick } = setUp();
    const { session, connection } = listen();
    publish(1);
    connection.buffered = 100_000;
    tick([session], 11);
    expect(session.flow?.paused).toBe(true);
  });

  it('refuses acknowledgements of what was never sent (rule 41)', () => {
    const { listenNear, publish, tick, acknowledge } = setUp();
    const { session } = listenNear();
    publish(1);
    expect(acknowledge(session, 7, 3)).toBe(false);
    expect(acknowledge(session, 8, 1)).toBe(false);
    tick([session], 18);
    publish(1);
    expect(acknowledge(session, 7, 3), 'published while paused').toBe(false);
  });

  it('counts the frames of messages that never came as lost, each once (rule 45)', () => {
    const { counters, listenNear, publish, acknowledge } = setUp();
    const { session } = listenNear();
    for (const frames of [2, 3, 4, 5, 6]) publish(frames);
    expect(acknowledge(session, 7, 5, [[3, 4]])).toBe(true);
    expect(counters).toMatchObject({ gapFrames: 3 + 4, acknowledgedFrames: 1 + 2 + 5 });
    // Settled already, or not in order, or not covered by the acknowledgement, or overlapping.
    const wrong: [number, number][] = [
      [3, 4],
      [6, 5],
      [6, 7],
      [7, 9],
    ];
    expect(acknowledge(session, 7, 6, wrong)).toBe(true);
    expect(counters).toMatchObject({ gapFrames: 7, acknowledgedFrames: 8 + 6 });
    publish(1);
    publish(2);
    acknowledge(session, 7, 8, [
      [7, 8],
      [8, 8],
    ]);
    expect(counters).toMatchObject({ gapFrames: 7 + 3, acknowledgedFrames: 14 });
  });

  it('counts what never came before a pause apart from what the pause left out', () => {
    const { counters, listenNear, publish, tick, acknowledge } = setUp();
    const { session, connection } = listenNear();
    publish(1);
    publish(2);
    tick([session], 18);
    publish(3);
    expect(acknowledge(session, 7, 3, [[3, 3]])).toBe(true);
    expect(connection.sent.at(-1)).toMatchObject({ type: 'subscribed', sequence: 4, skippedFrames: 3 });
    expect(counters).toMatchObject({ gapFrames: 2, acknowledgedFrames: 2, pausedFrames: 3 });
    publish(5);
    acknowledge(session, 7, 5, [[5, 5]]);
    expect(counters).toMatchObject({ gapFrames: 7, acknowledgedFrames: 2 });
  });

  it('keeps its books balanced, whatever happens (design: every frame is delivered or lost for one reason)', () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('publish' as const), frames: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('tick' as const), count: fc.integer({ min: 1, max: 20 }) }),
      fc.record({
        do: fc.constant('ack' as const),
        who: fc.nat(2),
        back: fc.nat(3),
        gaps: fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 4 }),
      }),
      fc.record({ do: fc.constant('close' as const), who: fc.nat(2) }),
      fc.record({ do: fc.constant('join' as const) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { counters, flow, listen, publish, tick, acknowledge } = setUp();
        const listeners = [listen(), listen()];
        for (const step of actions) {
          if (step.do === 'publish') publish(step.frames);
          else if (step.do === 'tick')
            tick(
              listeners.map(({ session }) => session),
              step.count,
            );
          else if (step.do === 'join') listeners.push(listen());
          else {
            const listener = listeners[step.who];
            if (listener === undefined) continue;
            if (step.do === 'close') listener.session.end('left');
            else if (listener.session.flow) {
              const { paused, pausedSequence, topic } = listener.session.flow;
              const newest = paused ? pausedSequence : topic.sequence;
              acknowledge(listener.session, 7, Math.max(0, newest - step.back), step.gaps);
            }
          }
        }
        for (const { session } of listeners) session.end('left');
        const { offeredFrames, acknowledgedFrames, gapFrames, pausedFrames, closedFrames, egressFrames } =
          counters;
        expect(acknowledgedFrames + gapFrames + pausedFrames + closedFrames).toBe(offeredFrames);
        expect(acknowledgedFrames + gapFrames + closedFrames).toBe(egressFrames);
        expect(Math.min(gapFrames, acknowledgedFrames)).toBeGreaterThanOrEqual(0);
        expect(flow.paused).toBe(0);
      }),
    );
  });
});

describe('topics', () => {
  it('number across the turn of 32 bits', () => {
    const topic = new Topic(1);
    topic.sequence = 0xffff_fffe;
    topic.advance(2, 0);
    topic.advance(3, 0);
    expect(topic.sequence).toBe(0);
    expect(topic.framesAt(0xffff_ffff)).toBe(2);
    expect(topic.framesAt(0)).toBe(5);
    expect(topic.framesAt(1)).toBeUndefined();
  });

  it('have ids that rest for a minute before they are used again', () => {
    const ids = new TopicIds();
    const first = ids.take(0)!;
    ids.giveBack(first, 1_000);
    expect(ids.take(2_000)).not.toBe(first);
    expect(ids.take(61_000)).toBe(first);
  });

  it('run out at 65,535', () => {
    const ids = new TopicIds();
    for (let id = 1; id < 0xffff; id++) ids.take(0);
    expect(ids.take(0)).toBe(0xffff);
    expect(ids.take(0)).toBeUndefined();
  });
});
