import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterEdge, ClusterFixture } from '../cluster-fixture.ts';
import { type TestClient, until } from '../edge-fixture.ts';

let cluster: ClusterFixture;
let one: ClusterEdge;
let two: ClusterEdge;

beforeEach(async () => {
  cluster = new ClusterFixture();
  one = await cluster.add('edge-1');
  two = await cluster.add('edge-2');
});
afterEach(() => cluster.stop());

const RECORDER = { publish: false, hidden: true };

/** What a client was told last: since when, or undefined. */
const told = (client: TestClient): number | undefined => {
  let since: number | undefined;
  for (const message of client.messages) {
    if (message.type === 'welcome') since = message.recording;
    if (message.type === 'recording') since = message.since;
  }
  return since;
};
const untilTold = (clients: readonly TestClient[], since: number | undefined): Promise<void> =>
  until(() => clients.every((client) => told(client) === since), `everybody to be told ${since}`);

describe('a room that is recorded (rule 38)', () => {
  it('is known as such to everybody there and to whoever comes later, on every edge, until it ends', async () => {
    const ada = await one.join({ identity: 'ada' });
    const bob = await two.join({ identity: 'bob' });
    const since = Math.floor(Date.now()) - 500;
    const recorder = await one.join({ identity: 'recorder', grants: RECORDER });
    recorder.send({ type: 'recording', since });
    await untilTold([ada, bob, recorder], since);
    const [late, lateThere] = [await one.join({ identity: 'late' }), await two.join({ identity: 'there' })];
    expect(late.welcome.recording).toBe(since);
    await untilTold([lateThere], since);
    expect(late.welcome.participants.map(({ identity }) => identity)).not.toContain('recorder');
    recorder.send({ type: 'recording' });
    await untilTold([ada, bob, late, lateThere], undefined);
  });

  it('is so from the first moment for a recorder that says it in hello, and until the last one has left', async () => {
    const ada = await one.join({ identity: 'ada' });
    const [first, second] = [Date.now() - 4_000, Date.now() - 2_000];
    const hello = (recording: number) => ({ hello: { recording } as never });
    const later = await two.join({ identity: 'later', grants: RECORDER, ...hello(second) });
    expect(later.welcome.recording).toBe(second);
    await untilTold([ada], second);
    const earlier = await one.join({ identity: 'earlier', grants: RECORDER, ...hello(first) });
    await untilTold([ada, later], first);
    earlier.send({ type: 'leave' });
    await untilTold([ada, later], second);
    later.send({ type: 'leave' });
    await untilTold([ada], undefined);
  });

  it('stays so while its recorder has lost the connection and may come back', async () => {
    const ada = await one.join({ identity: 'ada' });
    const recorder = await one.join({ identity: 'recorder', grants: RECORDER });
    const since = Date.now() - 1_000;
    recorder.send({ type: 'recording', since });
    await untilTold([ada], since);
    recorder.close();
    const again = await one.join({
      identity: 'recorder',
      resumeId: recorder.seat.resumeId,
      grants: RECORDER,
      hello: { recording: since } as never,
    });
    expect(again.welcome.recording).toBe(since);
    again.send({ type: 'recording' });
    await untilTold([ada], undefined);
    const changes = ada.messages.filter(({ type }) => type === 'recording');
    expect(changes).toHaveLength(2);
  });

  it('takes no time from the future or from days ago, and nobody who may not listen', async () => {
    const ada = await one.join({ identity: 'ada' });
    ada.send({ type: 'recording', since: Date.now() + 60_000 });
    await until(() => told(ada) !== undefined, 'the flag');
    expect(told(ada)).toBeLessThanOrEqual(Date.now());
    ada.send({ type: 'recording', since: 1 });
    await until(() => told(ada)! < Date.now() - 86_000_000, 'yesterday');
    expect(told(ada)).toBeGreaterThan(Date.now() - 86_401_000);
    ada.send({ type: 'recording' });
    await untilTold([ada], undefined);
    const deaf = await one.join({ identity: 'deaf', grants: { subscribe: false } });
    deaf.send({ type: 'recording', since: Date.now() });
    expect(await deaf.next('error')).toMatchObject({ code: 'no_subscribe_grant' });
    expect(told(ada)).toBeUndefined();
  });
});
