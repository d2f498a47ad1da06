import { freePort, RedisServer } from '@partyline/redis/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Buses, tryPublish, until } from './redis-fixture.ts';

describe('RedisBus when its server fails', () => {
  const buses = new Buses();
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start({ password: 'secret' });
  });
  afterEach(() => buses.stop());
  afterAll(() => server?.stop());

  it('starts while Redis is away, refuses publications at once, and is whole when it comes', async () => {
    const port = await freePort('127.0.0.1');
    const bus = await buses.start(`redis://127.0.0.1:${port}`);
    const heard: number[] = [];
    await bus.subscribe('room', (bytes) => heard.push(bytes[0]!));
    const askedAtMs = performance.now();
    expect(await tryPublish(bus, 'room')).toBe('unavailable');
    expect(performance.now() - askedAtMs).toBeLessThan(100);
    expect(bus.problem).toMatch(
      /^Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be reached: nothing listens there\.$/,
    );
    expect(bus.stats).toMatchObject({ up: false, published: 1, dropped: 1 });
    const late = await RedisServer.start({ port });
    try {
      await until(() => expect(bus.stats.up).toBe(true));
      expect(bus.problem).toBeUndefined();
      expect(await tryPublish(bus, 'room', Uint8Array.of(7))).toBe(1);
      await until(() => expect(heard).toEqual([7]));
    } finally {
      await late.stop();
    }
  });

  it.each([
    ['a wrong password', 'wrong', /refused the password/],
    ['no password', '', /wants a password/],
  ])('does not start with %s, in one sentence without the password', async (_, password, sentence) => {
    const bus = buses.make(server.url.replace('secret', password));
    const error = await bus.start().catch((reason: unknown) => reason);
    expect(String(error)).toMatch(sentence);
    expect(String(error)).not.toMatch(/wrong@|secret/);
    expect(bus.problem).toMatch(sentence);
  });

  it('subscribes anew after a restart, refusing meanwhile', async () => {
    const [sender, listener] = [await buses.start(server.url), await buses.start(server.url)];
    const heard: number[] = [];
    await listener.subscribe('one', (bytes) => heard.push(bytes[0]!));
    const closed = await listener.subscribe('two', () => heard.push(-1));
    await listener.subscribe('three', (bytes) => heard.push(bytes[0]!));
    await server.kill();
    await until(() => expect([sender.stats.up, listener.stats.up]).toEqual([false, false]));
    expect(await tryPublish(sender, 'one')).toBe('unavailable');
    // What changes while it is away counts when it is back.
    closed.close();
    await listener.subscribe('four', (bytes) => heard.push(bytes[0]!));
    await server.restart();
    await until(() => expect([sender.stats.up, listener.stats.up]).toEqual([true, true]));
    expect(await tryPublish(sender, 'two')).toBe(0);
    for (const [index, channel] of ['one', 'three', 'four'].entries()) {
      expect(await tryPublish(sender, channel, Uint8Array.of(index))).toBe(1);
    }
    await until(() => expect(heard).toEqual([0, 1, 2]));
    expect(listener.stats).toMatchObject({ reconnects: 2, resubscribes: 3, stalls: 0, cuts: 0 });
  });

  it('gives a frozen server up after a second, holding no more than its bounds, and is back when it thaws', async () => {
    const bus = await buses.start(server.url, { maxPending: 16, maxPendingBytes: 10_000 });
    await bus.subscribe('room', () => {});
    server.freeze();
    try {
      const frozenAtMs = performance.now();
      const small = Array.from({ length: 10 }, () => tryPublish(bus, 'room', new Uint8Array(100)));
      const large = Array.from({ length: 3 }, () => tryPublish(bus, 'room', new Uint8Array(4_000)));
      const more = Array.from({ length: 10 }, () => tryPublish(bus, 'room', new Uint8Array(100)));
      // 10 and 2 and 4 are under way: one large one exceeds the bytes, and six small ones the number.
      await until(() => expect(bus.stats.dropped).toBe(7));
      const outcomes = await Promise.all([...small, ...large, ...more]);
      expect(new Set(outcomes)).toEqual(new Set(['unavailable']));
      expect(performance.now() - frozenAtMs).toBeLessThan(2_500);
      expect(bus.stats).toMatchObject({ published: 23, dropped: 23 });
      await until(() => expect(bus.stats.up).toBe(false));
      expect(bus.problem).toMatch(/does not answer/);
      expect(await tryPublish(bus, 'room')).toBe('unavailable');
    } finally {
      server.thaw();
    }
    await until(() => expect(bus.stats.up).toBe(true));
    expect(await tryPublish(bus, 'room')).toBe(1);
    expect(bus.stats.stalls).toBeGreaterThanOrEqual(1);
  });

  it('notices a frozen server also when nothing is published', async () => {
    const bus = await buses.start(server.url);
    server.freeze();
    try {
      await until(() => expect(bus.stats.up).toBe(false));
    } finally {
      server.thaw();
    }
    await until(() => expect(bus.stats.up).toBe(true));
  });

  it('subscribes anew when Redis cuts it off for reading too slowly, and counts that', async () => {
    await server.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 65536 0 0');
    const [sender, listener] = [await buses.start(server.url), await buses.start(server.url)];
    const sizes: number[] = [];
    await listener.subscribe('room', (bytes) => sizes.push(bytes.length));
    // More at once than the limit: as if the listener had not read for a while.
    await tryPublish(sender, 'room', new Uint8Array(200_000));
    await until(() => expect(listener.stats.cuts).toBe(1));
    await until(() => expect(listener.stats.up).toBe(true));
    expect(await tryPublish(sender, 'room', new Uint8Array(10))).toBe(1);
    await until(() => expect(sizes).toEqual([10]));
    expect(listener.stats).toMatchObject({ reconnects: 1, resubscribes: 1, stalls: 0 });
    expect(sender.stats).toMatchObject({ reconnects: 0, cuts: 0, dropped: 0 });
  });

  it('makes the connection that publishes anew when only that one is lost', async () => {
    const bus = await buses.start(server.url, { name: 'killed' });
    const heard: number[] = [];
    await bus.subscribe('room', (bytes) => heard.push(bytes[0]!));
    const list = String(await server.command('CLIENT', 'LIST'));
    const id = /id=(\d+) .*name=partyline-killed-publications /.exec(list)?.[1];
    await server.command('CLIENT', 'KILL', 'ID', id!);
    await until(() => expect(bus.stats).toMatchObject({ up: true, reconnects: 1 }));
    expect(await tryPublish(bus, 'room', Uint8Array.of(7))).toBe(1);
    await until(() => expect(heard).toEqual([7]));
    expect(bus.stats).toMatchObject({ resubscribes: 0, stalls: 0, cuts: 0 });
    expect(bus.problem).toBeUndefined();
  });

  it('counts every channel of a thousand once when it subscribes them anew', async () => {
    const [sender, listener] = [await buses.start(server.url), await buses.start(server.url)];
    const heard = new Set<string>();
    const channels = Array.from({ length: 1_000 }, (_, index) => `channel-${index}`);
    await Promise.all(channels.map((channel) => listener.subscribe(channel, () => heard.add(channel))));
    await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => expect(listener.stats).toMatchObject({ resubscribes: 1_000, up: true }));
    await Promise.all(channels.map((channel) => tryPublish(sender, channel)));
    await until(() => expect(heard.size).toBe(1_000));
  });

  it('refuses one channel too many', async () => {
    const bus = await buses.start(server.url, { maxChannels: 2 });
    await bus.subscribe('one', () => {});
    const two = await bus.subscribe('two', () => {});
    await bus.subscribe('two', () => {});
    await expect(bus.subscribe('three', () => {})).rejects.toMatchObject({ code: 'unavailable' });
    two.close();
    await expect(bus.subscribe('three', () => {})).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leaves nothing behind when it stops: neither connections nor what it waits for', async () => {
    const bus = await buses.start(server.url, { name: 'leaver' });
    await bus.subscribe('room', () => {});
    const clients = async (): Promise<string[]> =>
      String(await server.command('CLIENT', 'LIST'))
        .split('\n')
        .flatMap((line) => /name=partyline-(leaver\S*)/.exec(line)?.[1] ?? [])
        .sort();
    expect(await clients()).toEqual(['leaver-publications', 'leaver-publisher', 'leaver-subscriber']);
    server.freeze();
    const waiting = tryPublish(bus, 'room');
    const subscribing = bus.subscribe('other', () => {});
    await bus.stop();
    expect(await waiting).toBe('unavailable');
    await subscribing;
    server.thaw();
    await until(async () => expect(await clients()).toEqual([]));
  });
});
