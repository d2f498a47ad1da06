import type { RawClient } from '../raw-client.ts';
import type { System } from '../system.ts';

/** One thing that a client must not do, and what has to come of it. */
export interface BadInput {
  name: string;
  /** What has to happen, for the table. */
  expected: string;
  /** Does it and returns what happened instead, a sentence; undefined if all was as it has to be. */
  attempt(system: System, room: string): Promise<string | undefined>;
}

/** Undefined if the connection was closed with this code in time, else what happened instead. */
export const closedWith = async (
  client: RawClient,
  code: number,
  timeoutMs = 5_000,
): Promise<string | undefined> => {
  const actual = await client.closeCode(timeoutMs);
  if (actual === code) return undefined;
  return actual === undefined ? 'the connection stayed open' : `the close code was ${actual}, not ${code}`;
};

/** Undefined if a ping is still answered, else a sentence. */
export const stillServed = async (client: RawClient): Promise<string | undefined> => {
  const id = 900_000 + client.all('pong').length;
  client.send({ type: 'ping', id, t0: Date.now() });
  const answered = await client.waitFor('pong', (pong) => pong.id === id, 3_000);
  if (answered !== undefined) return undefined;
  return client.closed === undefined
    ? 'a ping is not answered any more'
    : `the connection was closed with ${client.closed.code}`;
};

/** A publisher and somebody who listens to it, in a room of their own. */
export const pair = async (system: System, room: string): Promise<[RawClient, RawClient]> =>
  Promise.all([
    system.join({ room, identity: 'sender' }),
    system.join({ room, identity: 'receiver', grants: { publish: false } }),
  ]);
