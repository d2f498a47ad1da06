import { RedisBus } from '@partyline/bus';
import { parseRedisUrl } from '@partyline/redis';
import { RedisServer } from '@partyline/redis/server';
import { Redis } from 'ioredis';

const s = await RedisServer.start({ launcher: ['taskset', '-c', '1'] });
const t = parseRedisUrl(s.url);
if (!t.ok) throw 1;
const bus = new RedisBus({ target: t.target, name: 'a' });
await bus.start();
const redis = new Redis(s.url);
const sub = new Redis(s.url);
await sub.subscribe('x:y:z');
const b = new Uint8Array(9000);
const v = Buffer.from(b.buffer);
const m = async (name: string, f: () => Promise<any>, gap: number) => {
  for (let r = 0; r < 3; r++) {
    const c0 = process.cpuUsage();
    const N = gap ? 400 : 3000;
    for (let i = 0; i < N; i++) {
      await f();
      if (gap) await new Promise((r) => setTimeout(r, gap));
    }
    const c = process.cpuUsage(c0);
    if (r)
      console.log(name, gap, 'us per op: user', (c.user / N).toFixed(0), 'sys', (c.system / N).toFixed(0));
  }
};
for (const gap of [0, 4]) {
  await m('nothing', async () => 1, gap);
  await m('ioredis', () => redis.publish('x:y:z', v), gap);
  await m('ioredis 100B', () => redis.publish('x:y:z', v.subarray(0, 100)), gap);
  await m('bus', () => bus.publish('x:y:z', b), gap);
}
await bus.stop();
redis.disconnect();
sub.disconnect();
await s.stop();
process.exit();
