import { CLOSE, MAX_CONTROL_BYTES, PROTOCOL_VERSION } from '@partyline/protocol';
import { RawClient } from '../raw-client.ts';
import type { System } from '../system.ts';
import { forMs } from '../wait.ts';
import { type BadInput, closedWith, pair, stillServed } from './case.ts';

const openSocket = (system: System): Promise<RawClient> => RawClient.open(system.socketUrl);

/** Something a joined client sends, after which the connection must be closed with a code. */
const fatal = (name: string, code: number, act: (client: RawClient) => void): BadInput => ({
  name,
  expected: `closed with ${code}`,
  attempt: async (system, room) => {
    const client = await system.join({ room, identity: 'sender' });
    act(client);
    return closedWith(client, code);
  },
});

/** A text that must be answered by `error`, while the connection stays. */
const answered = (name: string, text: string): BadInput => ({
  name,
  expected: 'answered by an error that is not fatal',
  attempt: async (system, room) => {
    const client = await system.join({ room, identity: 'sender' });
    client.sendText(text);
    const error = await client.waitFor('error');
    const trouble = await stillServed(client);
    await client.leave();
    if (trouble !== undefined) return trouble;
    if (error === undefined) return 'no error was sent';
    return error.fatal ? `the error was fatal: ${error.message}` : undefined;
  },
});

/** The first message of a connection. */
const first = (name: string, code: number, act: (client: RawClient) => void, waitMs = 5_000): BadInput => ({
  name,
  expected: `closed with ${code}`,
  attempt: async (system) => {
    const client = await openSocket(system);
    act(client);
    return closedWith(client, code, waitMs);
  },
});

/** Everything that can be wrong with text messages and their order. */
export const CONTROL_CASES: readonly BadInput[] = [
  fatal('text where binary is due', CLOSE.protocolError, (client) =>
    client.sendText('\u0011\u0000\u0000media'),
  ),
  fatal('JSON that is no object', CLOSE.protocolError, (client) => client.sendText('[1,2]')),
  fatal('an object without a type', CLOSE.protocolError, (client) => client.sendText('{"a":1}')),
  fatal('hello a second time', CLOSE.protocolError, (client) => client.hello(client.reply!.ticket)),
  fatal('acknowledging what was never sent', CLOSE.protocolError, (client) => {
    const { topic, sequence } = client.last('subscribed') ?? { topic: 1, sequence: 0 };
    client.send({ type: 'ack', topic, sequence: (sequence + 1_000) >>> 0 });
  }),
  fatal('control message over its limit', CLOSE.messageTooLarge, (client) =>
    client.sendText(JSON.stringify({ type: 'data', id: 1, text: 'x'.repeat(MAX_CONTROL_BYTES) })),
  ),
  answered('a field out of its range', '{"type":"subscribe","streamId":0,"mode":"auto"}'),
  answered('a data message with text and bytes', '{"type":"data","id":1,"text":"a","bytes":"YQ=="}'),
  {
    name: 'an unknown control message',
    expected: 'ignored, connection stays',
    attempt: async (system, room) => {
      const client = await system.join({ room, identity: 'sender' });
      client.sendText('{"type":"from-the-future","x":1}');
      const trouble = await stillServed(client);
      await client.leave();
      return trouble;
    },
  },
  {
    name: 'flood of control messages',
    expected: `closed with ${CLOSE.flooding}`,
    attempt: async (system, room) => {
      const [sender, receiver] = await pair(system, room);
      const startedAt = performance.now();
      while (sender.closed === undefined && performance.now() - startedAt < 8_000) {
        for (let id = 0; id < 10; id += 1) sender.send({ type: 'data', id, text: 'x'.repeat(200) });
        await forMs(10);
      }
      const trouble = await closedWith(sender, CLOSE.flooding, 2_000);
      const served = await stillServed(receiver);
      await receiver.leave();
      return trouble ?? served;
    },
  },
  first('binary before hello', CLOSE.protocolError, (client) =>
    client.sendBytes(new Uint8Array(48).fill(0x11)),
  ),
  first('another message before hello', CLOSE.protocolError, (client) => client.send({ type: 'leave' })),
  first('a protocol version not spoken here', CLOSE.unsupportedVersion, (client) =>
    client.hello('x', { version: PROTOCOL_VERSION + 1 }),
  ),
  first('no hello at all', CLOSE.helloTimeout, () => undefined, 8_000),
  {
    name: 'a page of another origin',
    expected: 'upgrade refused with 403',
    attempt: async (system) => {
      try {
        const client = await RawClient.open(system.socketUrl, {
          headers: { origin: 'https://elsewhere.example' },
        });
        client.vanish();
        return 'the upgrade was accepted';
      } catch (error) {
        return String(error).includes('403') ? undefined : `the upgrade failed otherwise: ${String(error)}`;
      }
    },
  },
];
