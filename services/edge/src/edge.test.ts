import { FLAG_PRE_ROLL, FLAG_SELECTION_START, type Frame } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, type TestClient, until } from './edge-fixture.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

const sequences = (frames: Frame[]): number[] => frames.map((frame) => frame.sequence);
/** A round trip: whatever was sent before has been handled by the edge. */
const settled = async (client: TestClient): Promise<void> => {
  client.send({ type: 'ping', id: 1, t0: 0 });
  await client.next('pong');
};

describe('a call', () => {
  it('goes from hello to welcome to frames heard by the others, unchanged', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob', grants: { publish: false } });
    expect(ada.welcome).toMatchObject({ room: 'room', identity: 'ada', lastN: 3 });
    expect(ada.welcome.participants).toMatchObject([{ identity: 'ada', publisher: true }]);
    expect(bob.welcome.participants.map(({ identity }) => identity)).toEqual(['ada']);
    expect(bob.welcome).toMatchObject({ listeners: 1, canPublish: false });
    for (let i = 0; i < 10; i++) ada.speak();
    await until(() => bob.frames(ada.seat.streamId).length === 10, 'ten frames');
    const frames = bob.frames();
    expect(sequences(frames)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(frames[3]!.payload).toEqual(new Uint8Array(100).fill(4));
    expect(frames[0]!.flags).toBe(FLAG_SELECTION_START);
    expect(bob.media.map((message) => message.header.sequence)).toEqual(frames.map((_, index) => index + 1));
  });

  it('tells each what its token allows (rule 37)', async () => {
    const ada = await fixture.join({ identity: 'ada', grants: { moderate: true, direct: false } });
    expect(ada.welcome).toMatchObject({ canPublish: true, canModerate: true, canSendDirect: false });
  });

  it('confirms the messages that ask for it, heard or not, and no others (rule 47)', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob', grants: { publish: false } });
    expect(ada.welcome.receipts).toBe(true);
    for (let i = 1; i <= 9; i++) ada.speak({}, i % 3 === 0);
    await settled(ada);
    bob.speak({}, true);
    ada.send({ type: 'mute', muted: true });
    ada.speak({}, true);
    await settled(ada);
    await settled(bob);
    const confirmed = (client: TestClient): number[] =>
      client.messages.flatMap((message) => (message.type === 'receipt' ? [message.sequence] : []));
    expect(confirmed(ada)).toEqual([3, 6, 9, 10]);
    expect(confirmed(bob)).toEqual([1]);
    await until(() => bob.frames(ada.seat.streamId).length === 9, 'nine frames');
    const sent = bob.media.map(({ header }) => header.sequence);
    expect(sent).toEqual(sent.map((_, index) => index + 1));
  });

  it('announces who comes, changes, is lost and leaves (rules 28 and 35)', async () => {
    const ada = await fixture.join({ identity: 'ada', grants: { publish: false } });
    const bob = await fixture.join({ identity: 'bob' });
    const first = await ada.next('participants');
    // On a busy machine her own coming is told before his.
    const joined = first.joined === undefined ? await ada.next('participants') : first;
    expect(joined).toMatchObject({ joined: [{ identity: 'bob', muted: false }], listeners: 1 });
    bob.send({ type: 'mute', muted: true });
    expect(await ada.next('participants')).toMatchObject({ updated: [{ identity: 'bob', muted: true }] });
    bob.close();
    expect(await ada.next('participants')).toMatchObject({
      updated: [{ identity: 'bob', reconnecting: true }],
    });
    const again = await fixture.join({ identity: 'bob', resumeId: bob.seat.resumeId });
    expect(again.seat.streamId).toBe(bob.seat.streamId);
    expect(await ada.next('participants')).toMatchObject({
      updated: [{ identity: 'bob', reconnecting: false }],
    });
    again.send({ type: 'leave' });
    expect(await again.closed).toBe(4000);
    expect(await ada.next('participants')).toMatchObject({ left: [bob.seat.streamId] });
    expect(await fixture.registry.members('room' as never, { limit: 10 })).toHaveLength(1);
  });

  it('neither names nor counts hidden participants, who are heard all the same', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const hidden = await fixture.join({ identity: 'supervisor', grants: { hidden: true } });
    hidden.speak();
    await until(() => ada.frames(hidden.seat.streamId).length === 1, 'the hidden voice');
    const bob = await fixture.join({ identity: 'bob' });
    expect(bob.welcome.participants.map(({ identity }) => identity)).toEqual(['ada', 'bob']);
    expect(bob.welcome.listeners).toBe(0);
  });

  it('saves the first syllable of who is promoted late, and marks it (pre-roll)', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob', grants: { publish: false } });
    for (let i = 0; i < 5; i++) ada.speak({ active: false, level: 90 });
    ada.speak();
    await until(() => bob.frames().length === 4, 'pre-roll and one frame');
    expect(sequences(bob.frames())).toEqual([3, 4, 5, 6]);
    expect(bob.frames().map(({ flags }) => flags)).toEqual([
      FLAG_PRE_ROLL | FLAG_SELECTION_START,
      FLAG_PRE_ROLL,
      FLAG_PRE_ROLL,
      0,
    ]);
    expect(await bob.next('speakers')).toMatchObject({ speakers: [{ streamId: ada.seat.streamId }] });
  });

  it('answers pings with its clock and beats every second', async () => {
    const ada = await fixture.join();
    ada.send({ type: 'ping', id: 9, t0: 5 });
    const { t1, t2, ...rest } = await ada.next('pong');
    expect(rest).toEqual({ type: 'pong', id: 9, t0: 5 });
    expect(t2).toBeGreaterThanOrEqual(t1);
    expect(Math.abs(t1 - Date.now())).toBeLessThan(2_000);
    const first = await ada.next('heartbeat');
    const second = await ada.next('heartbeat');
    expect(second.time - first.time).toBeGreaterThan(500);
  });

  it('renews the ticket over the connection at its half-life (rule 34)', async () => {
    const renewed = { ok: true as const, ticket: 'newer', expiresAt: Date.now() + 600_000 };
    const own = await new EdgeFixture({}, { renewTicket: async () => renewed }).start();
    try {
      const ada = await own.join({ ttlSeconds: 2 });
      expect(await ada.next('ticket')).toEqual({
        type: 'ticket',
        ticket: 'newer',
        expiresAt: renewed.expiresAt,
      });
    } finally {
      await own.stop();
    }
  });
});

describe('subscriptions', () => {
  it('leave out a stream with "never" and bring it back with "auto", without a gap in the numbering', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    const eve = await fixture.join({ identity: 'eve', grants: { publish: false } });
    const { streamId } = ada.seat;
    eve.send({ type: 'subscribe', streamId, mode: 'never' });
    const lane = await eve.next('subscribed');
    ada.speak();
    bob.speak();
    ada.speak();
    bob.speak();
    await until(() => eve.frames(bob.seat.streamId).length === 2, 'the other voice');
    expect(eve.frames(streamId)).toEqual([]);
    expect(eve.media.map(({ header }) => [header.topic, header.sequence])).toEqual([
      [lane.topic, 1],
      [lane.topic, 2],
    ]);
    eve.send({ type: 'subscribe', streamId, mode: 'auto' });
    const back = await eve.next('subscribed');
    expect(back.topic).not.toBe(lane.topic);
    ada.speak();
    await until(() => eve.frames(streamId).length === 1, 'the voice again');
    expect(eve.media.at(-1)!.header).toMatchObject({ topic: back.topic, sequence: back.sequence + 1 });
  });

  it('bring a stream with "always" though it is not selected, and its pre-roll only once', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const eve = await fixture.join({ identity: 'eve', grants: { publish: false } });
    eve.send({ type: 'subscribe', streamId: ada.seat.streamId, mode: 'always' });
    await settled(eve);
    for (let i = 0; i < 4; i++) ada.speak({ active: false, level: 100 });
    for (let i = 0; i < 2; i++) ada.speak();
    await until(() => eve.frames().length >= 6, 'six frames');
    await settled(ada);
    await settled(eve);
    expect(sequences(eve.frames())).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('are limited to 16 a listener', async () => {
    const eve = await fixture.join({ identity: 'eve' });
    for (let streamId = 1000; streamId < 1017; streamId++)
      eve.send({ type: 'subscribe', streamId, mode: 'always' });
    expect(await eve.next('error')).toMatchObject({ code: 'subscription_limit', fatal: false });
  });

  it('of the whole room are limited to 64 streams', async () => {
    for (const who of ['a', 'b', 'c', 'd', 'e']) {
      const client = await fixture.join({ identity: who });
      const first = who.charCodeAt(0) * 1000;
      for (let i = 0; i < 16; i++) client.send({ type: 'subscribe', streamId: first + i, mode: 'always' });
      if (who === 'e') expect(await client.next('error')).toMatchObject({ code: 'subscription_limit' });
      else await settled(client);
    }
  });

  it('in echo mode bring back the own voice, selected or not', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    ada.send({ type: 'echo', enabled: true });
    await settled(ada);
    ada.speak({ active: false, level: 100 });
    ada.speak();
    ada.speak();
    await until(() => ada.frames(ada.seat.streamId).length === 3, 'the own voice');
    expect(sequences(ada.frames())).toEqual([1, 2, 3]);
    ada.send({ type: 'echo', enabled: false });
    await settled(ada);
    ada.speak();
    await settled(ada);
    expect(ada.frames()).toHaveLength(3);
  });
});

describe('data messages', () => {
  it('reach everybody but the sender, or those named, and are acknowledged with their number', async () => {
    const [ada, bob, eve] = [
      await fixture.join({ identity: 'ada' }),
      await fixture.join({ identity: 'bob' }),
      await fixture.join({ identity: 'eve' }),
    ];
    ada.send({ type: 'data', id: 1, label: 'chat', text: 'hello all' });
    expect(await ada.next('dataAck')).toEqual({ type: 'dataAck', id: 1, recipients: 2 });
    for (const other of [bob, eve]) {
      expect(await other.next('data')).toMatchObject({
        from: 'ada',
        label: 'chat',
        text: 'hello all',
        direct: false,
      });
    }
    ada.send({ type: 'data', id: 2, bytes: 'AAEC', to: ['bob', 'bob', 'nobody'] });
    expect(await ada.next('dataAck')).toEqual({ type: 'dataAck', id: 2, recipients: 1 });
    expect(await bob.next('data')).toMatchObject({ bytes: 'AAEC', direct: true });
    await settled(eve);
    expect(eve.messages.filter(({ type }) => type === 'data')).toHaveLength(1);
    expect(ada.messages.filter(({ type }) => type === 'data')).toHaveLength(0);
  });

  it('to some need the direct grant, and none is over 16 KiB or too frequent', async () => {
    const ada = await fixture.join({ grants: { direct: false } });
    ada.send({ type: 'data', id: 1, text: 'psst', to: ['bob'] });
    expect(await ada.next('error')).toMatchObject({ code: 'no_direct_grant' });
    ada.send({ type: 'data', id: 1, bytes: Buffer.alloc(16_385).toString('base64') });
    expect(await ada.next('error')).toMatchObject({ code: 'data_too_large' });
    for (let id = 0; id < 60; id++) ada.send({ type: 'data', id, text: 'x' });
    expect(await ada.next('error')).toMatchObject({ code: 'data_rate' });
  });
});
