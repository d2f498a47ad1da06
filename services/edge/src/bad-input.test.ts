import { encodeMedia, type Frame, MEDIA_FIRST_BYTE } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, type TestClient, until } from './edge-fixture.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

describe('media', () => {
  it("with another's stream id closes the connection (rule 18)", async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    ada.speak({ streamId: bob.seat.streamId });
    expect(await ada.next('error')).toMatchObject({ code: 'foreign_stream', fatal: true });
    expect(await ada.closed).toBe(4001);
    expect(bob.frames()).toEqual([]);
  });

  it('that is malformed, or of an unknown version or type, is counted and dropped (rules 11 and 17)', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    const frame: Frame = {
      flags: 0,
      codec: 1,
      level: 20,
      active: true,
      durationMs: 20,
      sequence: 1,
      streamId: ada.seat.streamId,
      captureTimeMs: 0,
      payload: new Uint8Array(50),
    };
    const good = encodeMedia({ topic: 0, sequence: 1, ingressAtUs: 0, sentAtUs: 0 }, [frame]);
    const change = (offset: number, value: number) => Object.assign(good.slice(), { [offset]: value });
    ada.sendRaw(new Uint8Array(0));
    ada.sendRaw(new Uint8Array([MEDIA_FIRST_BYTE, 0, 0]));
    ada.sendRaw(change(0, 0x21));
    ada.sendRaw(change(0, 0x12));
    ada.sendRaw(good.slice(0, 16));
    ada.sendRaw(good.slice(0, 40));
    ada.sendRaw(change(16, 0xff));
    ada.sendRaw(new Uint8Array([...good.slice(0, 24), 0, 0, 0, 0, ...good.slice(28)]));
    ada.speak();
    await until(() => bob.frames().length > 0, 'the good frame');
    expect(bob.frames()).toHaveLength(1);
    expect(fixture.edge.counters.mediaFaults).toEqual({
      too_short: 2,
      unknown_version: 1,
      unknown_type: 1,
      no_frames: 1,
      too_many_frames: 0,
      truncated_frame: 1,
      payload_too_large: 1,
      zero_stream: 1,
    });
  });

  it('without the publish grant is dropped, and the sender told', async () => {
    const ada = await fixture.join({ identity: 'ada', grants: { publish: false } });
    const bob = await fixture.join({ identity: 'bob' });
    for (let i = 0; i < 5; i++) ada.speak();
    expect(await ada.next('error')).toMatchObject({ code: 'no_publish_grant', fatal: false });
    await until(() => fixture.edge.counters.grantFrames === 5, 'five drops');
    expect(bob.frames()).toEqual([]);
  });

  it('is not sent to who may not subscribe', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const mute = await fixture.join({ identity: 'deaf', grants: { subscribe: false } });
    const bob = await fixture.join({ identity: 'bob' });
    ada.speak();
    await until(() => bob.frames().length === 1, 'the frame');
    expect(mute.media).toEqual([]);
    mute.send({ type: 'echo', enabled: true });
    expect(await mute.next('error')).toMatchObject({ code: 'no_subscribe_grant' });
  });

  it('over the rate is dropped and counted; over it for 2 s closes the connection', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    for (let i = 0; i < 300; i++) ada.speak();
    await until(() => fixture.edge.counters.rateFrames > 0, 'a drop');
    expect(ada.socket.readyState).toBe(ada.socket.OPEN);
    const flood = setInterval(() => {
      for (let i = 0; i < 20; i++) ada.speak();
    }, 10);
    expect(await ada.closed).toBe(4007);
    clearInterval(flood);
    expect(bob.frames().length).toBeLessThan(120 * 6);
  });

  it('over the largest size closes the connection, with the own code if it is not far over', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    ada.sendRaw(new Uint8Array(70_000));
    expect(await ada.closed).toBe(4008);
    const bob = await fixture.join({ identity: 'bob' });
    bob.sendRaw(new Uint8Array(200_000));
    expect([1006, 1009]).toContain(await bob.closed);
  });

  it('that comes in a burst after a stall is late and dropped, and voice goes on', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    const bob = await fixture.join({ identity: 'bob' });
    const now = Date.now();
    ada.speak();
    ada.speak({ captureTimeMs: (now - 3_000) % 2 ** 32 });
    ada.speak();
    await until(() => bob.frames().length === 2, 'two frames');
    expect(bob.frames().map(({ sequence }) => sequence)).toEqual([1, 3]);
    expect(fixture.edge.counters.lateFrames).toBe(1);
  });
});

describe('control', () => {
  it('that is no JSON object closes the connection (rule 21)', async () => {
    for (const text of ['rubbish', '', '[1]', '"x"', '{"type":']) {
      const ada = await fixture.join();
      ada.sendRaw(text);
      expect(await ada.closed, text).toBe(4001);
    }
  });

  it('of an unknown type is ignored, of a wrong shape answered (rules 21 and 22)', async () => {
    const ada = await fixture.join();
    ada.sendRaw('{"type":"of-tomorrow"}');
    ada.sendRaw('{"type":"mute","muted":"perhaps"}');
    expect(await ada.next('error')).toMatchObject({ code: 'invalid_message', fatal: false });
    expect(fixture.edge.counters).toMatchObject({ unknownControl: 1, invalidControl: 1 });
    ada.sendRaw(JSON.stringify({ type: 'mute', muted: true, extra: 'x'.repeat(50_000) }));
    expect(await ada.closed).toBe(4008);
  });

  it('that acknowledges what was never sent closes the connection (rule 41)', async () => {
    const ada = await fixture.join();
    const { topic, sequence } = ada.messages.find((message) => message.type === 'subscribed') as {
      topic: number;
      sequence: number;
    };
    ada.send({ type: 'ack', topic, sequence });
    ada.send({ type: 'ack', topic, sequence: sequence + 1 });
    expect(await ada.next('error')).toMatchObject({ code: 'bad_ack' });
    expect(await ada.closed).toBe(4001);
  });

  it('of a second hello closes the connection', async () => {
    const ada = await fixture.join();
    ada.send({ type: 'hello', version: 1, ticket: ada.seat.ticket });
    expect(await ada.closed).toBe(4001);
  });

  it('over the rate is dropped, then closes the connection', async () => {
    const ada = await fixture.join();
    const flood = setInterval(() => {
      for (let i = 0; i < 20; i++) ada.send({ type: 'ping', id: i, t0: 0 });
    }, 10);
    expect(await ada.closed).toBe(4007);
    clearInterval(flood);
    expect(fixture.edge.counters.controlRateDrops).toBeGreaterThan(0);
  });

  it('and media of random bytes leave the edge serving', async () => {
    const victims: TestClient[] = [];
    for (let i = 0; i < 20; i++) {
      const client = i % 2 ? await fixture.connect() : await fixture.join({ identity: `v${i}` });
      victims.push(client);
      for (let n = 0; n < 20; n++) {
        const bytes = Buffer.from(
          Array.from({ length: (n * 37) % 300 }, () => Math.floor(Math.random() * 256)),
        );
        client.sendRaw(n % 3 ? bytes : bytes.toString('latin1'));
      }
    }
    const ada = await fixture.join({ identity: 'ada', room: 'calm' });
    const bob = await fixture.join({ identity: 'bob', room: 'calm' });
    ada.speak();
    await until(() => bob.frames().length === 1, 'the frame');
  });
});
