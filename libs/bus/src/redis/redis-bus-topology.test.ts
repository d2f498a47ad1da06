import { keySlot } from '@partyline/redis';
import { RedisCluster, RedisSentinel } from '@partyline/redis/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inboxChannel } from '../channels.ts';
import type { RedisBus } from './redis-bus.ts';
import { Buses, tryPublish, until } from './redis-fixture.ts';

const buses = new Buses();
afterEach(() => buses.stop());

/** Publishes every 5 ms until told to stop; then says which numbers were taken and which were heard. */
const stream = async (sender: RedisBus, listener: RedisBus, channel: string) => {
  const taken: number[] = [];
  const heard: number[] = [];
  await listener.subscribe(channel, (bytes) => heard.push(bytes[0]! * 256 + bytes[1]!));
  let isOpen = true;
  const running = (async () => {
    for (let value = 0; isOpen; value++) {
      const outcome = await tryPublish(sender, channel, Uint8Array.of(value >> 8, value & 255));
      if (outcome === 1) taken.push(value);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const stop = async (): Promise<void> => {
    isOpen = false;
    await running;
  };
  return { taken, heard, stop };
};

describe('RedisBus with a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster?.stop());

  /** Channels that live on each of the masters. */
  const channelOn = async (master: number): Promise<string> => {
    for (let number = 0; ; number++) {
      const channel = `partyline:local:room:${number}`;
      if ((await cluster.ownerOf(channel)) === master) return channel;
    }
  };

  it('publishes to one shard only', async () => {
    const bus = await buses.start(cluster.url);
    const channel = await channelOn(1);
    await bus.subscribe(channel, () => {});
    const shards = await Promise.all(
      cluster.masters.map((master) => master.command('PUBSUB', 'SHARDNUMSUB', channel)),
    );
    expect(shards).toEqual([0, 1, 0].map((subscribers) => [channel, subscribers]));
    expect(await tryPublish(bus, channel)).toBe(1);
  });

  it('has the two inboxes of every edge on different masters', async () => {
    for (let number = 0; number < 20; number++) {
      const edge = { prefix: 'partyline', region: 'local', edge: `edge-${number}`, boot: `boot-${number}` };
      const [a, b] = [inboxChannel(edge, 'a'), inboxChannel(edge, 'b')];
      expect(await cluster.ownerOf(a)).not.toBe(await cluster.ownerOf(b));
    }
  });

  it('follows a slot that moves, and loses what was sent in between at most', async () => {
    const [sender, listener] = [await buses.start(cluster.url), await buses.start(cluster.url)];
    const channel = await channelOn(0);
    const { taken, heard, stop } = await stream(sender, listener, channel);
    await until(() => expect(heard.length).toBeGreaterThan(10));
    await cluster.moveSlot(keySlot(channel), 2);
    const takenBefore = taken.length;
    await until(() => expect(taken.length).toBeGreaterThan(takenBefore + 20));
    await stop();
    await until(() => expect(heard.at(-1)).toBe(taken.at(-1)));
    // Whatever a publisher was told had reached one was heard, once and in order.
    expect(heard).toEqual(taken);
    expect(listener.stats.resubscribes).toBeGreaterThanOrEqual(1);
    expect(sender.stats.dropped).toBeGreaterThanOrEqual(1);
    await cluster.moveSlot(keySlot(channel), 0);
    await until(async () => expect(await tryPublish(sender, channel)).toBe(1));
  });

  it('goes on with the other masters when one is killed, and is whole when that is back', async () => {
    const bus = await buses.start(cluster.url);
    const [lost, kept] = [await channelOn(1), await channelOn(2)];
    const heard: string[] = [];
    await bus.subscribe(lost, () => heard.push('lost'));
    await bus.subscribe(kept, () => heard.push('kept'));
    await cluster.killMaster(1);
    await until(async () => expect(await tryPublish(bus, lost)).toBe('unavailable'));
    expect(await tryPublish(bus, kept)).toBe(1);
    expect(bus.stats.up).toBe(false);
    expect(bus.problem).toMatch(/cannot be reached|closed the connection/);
    await cluster.masters[1]!.restart();
    await until(async () => expect(await tryPublish(bus, lost)).toBe(1));
    await until(() => expect(bus.stats.up).toBe(true));
    await until(() => expect(new Set(heard)).toEqual(new Set(['lost', 'kept'])));
  });

  it('can start with a single node that is alive among those named', async () => {
    const [alive] = cluster.masters;
    const bus = await buses.start(`redis+cluster://127.0.0.1:1,${alive!.address},127.0.0.1:2`);
    await bus.subscribe(await channelOn(2), () => {});
    expect(await tryPublish(bus, await channelOn(2))).toBe(1);
  });

  it('says so when the URL is of another kind', async () => {
    const [node] = cluster.masters;
    const bus = buses.make(node!.url);
    await expect(bus.start()).rejects.toThrow(/is a node of a Redis Cluster; write redis\+cluster:/);
  });
});

describe('RedisBus with replicas in a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start({ masters: 3, replicas: 1 });
  }, 40_000);
  afterAll(() => cluster?.stop());

  it('goes over to the replica that takes the place of a killed master', async () => {
    const [sender, listener] = [await buses.start(cluster.url), await buses.start(cluster.url)];
    const channel = 'partyline:local:room:1';
    const { heard, stop } = await stream(sender, listener, channel);
    await until(() => expect(heard.length).toBeGreaterThan(10));
    await cluster.killMaster(await cluster.ownerOf(channel));
    await until(() => expect([sender.stats.up, listener.stats.up]).toEqual([false, false]));
    await until(() => expect([sender.stats.up, listener.stats.up]).toEqual([true, true]), 15_000);
    const before = heard.length;
    await until(() => expect(heard.length).toBeGreaterThan(before + 10));
    await stop();
    expect(heard).toEqual([...new Set(heard)].sort((x, y) => x - y));
  });
});

describe('RedisBus with Sentinel', () => {
  let sentinel: RedisSentinel;
  beforeEach(async () => {
    sentinel = await RedisSentinel.start({ password: 'secret' });
  });
  afterEach(() => sentinel?.stop());

  it('goes over to the new master though the former one lives', async () => {
    const [sender, listener] = [await buses.start(sentinel.url), await buses.start(sentinel.url)];
    const { heard, stop } = await stream(sender, listener, 'room');
    await until(() => expect(heard.length).toBeGreaterThan(10));
    await sentinel.failover();
    const master = await sentinel.master();
    const clients = async (): Promise<number> => {
      const list = String(await master.command('CLIENT', 'LIST'));
      return [...list.matchAll(/name=partyline-test-(publisher|subscriber) /g)].length;
    };
    await until(async () => expect(await clients()).toBe(4));
    const before = heard.length;
    await until(() => expect(heard.length).toBeGreaterThan(before + 10));
    await stop();
  });

  it('goes over to the new master when the old one was killed', async () => {
    const [sender, listener] = [await buses.start(sentinel.url), await buses.start(sentinel.url)];
    const { heard, stop } = await stream(sender, listener, 'room');
    await until(() => expect(heard.length).toBeGreaterThan(10));
    const master = await sentinel.master();
    await master.kill();
    await sentinel.promoted(master);
    await until(() => expect([sender.stats.up, listener.stats.up]).toEqual([true, true]));
    const before = heard.length;
    await until(() => expect(heard.length).toBeGreaterThan(before + 10));
    await stop();
  });

  it('starts when the Sentinel knows no such master, and says so', async () => {
    const bus = await buses.start(sentinel.url.replace('/partyline', '/other'));
    await until(() => expect(bus.problem).toMatch(/the Sentinel knows no master called other/));
  });
});
