import { randomUUID } from 'node:crypto';
import { replyChannel } from '@partyline/bus';
import { Redis } from 'ioredis';
import type { System } from '../system.ts';
import { holdsWithin } from '../wait.ts';
import { besideCall } from './call.ts';
import type { ClusterCase } from './case.ts';

/** What a directory of a later version might order, and what comes of it. */
const ORDERS: readonly { order: unknown; outcome: string }[] = [
  { order: { kind: 'teleport', room: 'nowhere', identity: 'nobody' }, outcome: 'failed' },
  { order: { kind: 'constructor', room: 'nowhere', identity: 'nobody' }, outcome: 'failed' },
  {
    order: { kind: 'selection', room: 'nowhere', identity: 'nobody', selection: 'whispering' },
    outcome: 'failed',
  },
  {
    order: { kind: 'mute', room: 'nowhere', identity: 'nobody', muted: true, fade: { ms: 300 } },
    outcome: 'not_here',
  },
  {
    order: { kind: 'drain', windowMs: 1_000, resume: true, colour: 'blue' },
    outcome: 'done',
  },
];
/** What is no order at all: counted, and answered to nobody. */
const GARBAGE = ['', '[]', '{"id":7}', '{"id":"x","replyTo":"somewhere:else:inbox-a:x:y","order":{}}'];

/** Orders to edges as a directory of a later version gives them. */
export const ordersOfLaterVersion = (system: System): ClusterCase => ({
  name: 'on the wire: orders of directories of other versions, and garbage',
  expected: 'known orders carried out, others answered as failed and counted; nothing of a call lost',
  attempt: (note) => besideCall(system, 'later-orders', note, () => giveOrders(system)),
});

const giveOrders = async (system: System): Promise<string | undefined> => {
  const refused = async (): Promise<number> =>
    (await system.metrics()).sum('partyline_edge_orders_refused_total', { reason: 'invalid' });
  const before = await refused();
  let expected = 0;
  for (const [region, { url }] of system.cluster.redis) {
    const [redis, listener] = [new Redis(url), new Redis(url)];
    try {
      const replyTo = replyChannel({ prefix: 'partyline', region }, randomUUID());
      const answers = new Map<string, string>();
      listener.on('message', (_channel: string, text: string) => {
        const { id, outcome } = JSON.parse(text) as { id: string; outcome: string };
        answers.set(id, outcome);
      });
      await listener.subscribe(replyTo);
      const channels = (await redis.pubsub('CHANNELS', '*:control:*')) as string[];
      if (channels.length === 0) return `nobody listens to orders in ${region}`;
      for (const channel of channels) {
        for (const text of GARBAGE) await redis.publish(channel, text);
        for (const { order, outcome } of ORDERS) {
          const id = randomUUID();
          await redis.publish(channel, JSON.stringify({ id, replyTo, order, urgency: 'high' }));
          await holdsWithin(() => answers.has(id), 2_000);
          if (answers.get(id) !== outcome) {
            return `${JSON.stringify(order)} was answered as ${answers.get(id)}, not ${outcome}`;
          }
        }
        expected += GARBAGE.length + ORDERS.filter(({ outcome }) => outcome === 'failed').length;
      }
    } finally {
      redis.disconnect();
      listener.disconnect();
    }
  }
  const counted = (await refused()) - before;
  return counted === expected ? undefined : `${counted} were counted as invalid, not ${expected}`;
};
