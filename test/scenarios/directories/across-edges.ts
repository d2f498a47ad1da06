import { CLOSE } from '@partyline/protocol';
import { mute } from '../../support/moderation.ts';
import { nowMs, type RawClient } from '../../support/raw-client.ts';
import { speech, syllables } from '../../support/synthetic-voice.ts';
import type { System } from '../../support/system.ts';
import { Talkers } from '../../support/talkers.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import { directoriesOf, type Part } from './part.ts';

const HEARD_FRAMES = 10;
const HEARD_WITHIN_MS = 2_000;
const QUIET_MS = 600;

/** Frames of a stream that a client heard since a time. */
const framesSince = (client: RawClient, streamId: number, fromMs: number): number =>
  client.reception.countsBetween(fromMs, Number.POSITIVE_INFINITY).get(streamId) ?? 0;

const hears = (client: RawClient, streamId: number): Promise<boolean> => {
  const fromMs = nowMs();
  return holdsWithin(() => framesSince(client, streamId, fromMs) >= HEARD_FRAMES, HEARD_WITHIN_MS);
};

/** Whether a client hears nothing of the streams, once what was under way has arrived. */
const isSpared = async (client: RawClient, ...streamIds: number[]): Promise<boolean> => {
  await forMs(200);
  const fromMs = nowMs();
  await forMs(QUIET_MS);
  return streamIds.every((streamId) => framesSince(client, streamId, fromMs) === 0);
};

/** Somebody on each edge; the identity says on which. */
const onEachEdge = (system: System, room: string, kind: string, publish: boolean): Promise<RawClient[]> =>
  Promise.all(
    system.edges.map((edge) => system.join({ room, identity: `${kind}-${edge}`, edge, grants: { publish } })),
  );

const leaveAll = async (...clients: RawClient[]): Promise<void> => {
  await Promise.all(clients.map((client) => client.leave()));
};

/** A mute holds wherever the muted one goes, and is lifted everywhere. */
export const muting: Part = async ({ system, checks }) => {
  const room = 'muting';
  const talkers = new Talkers();
  const listeners = await onEachEdge(system, room, 'listener', false);
  let talker = await system.join({ room, identity: 'talker', edge: system.edges[0]! });
  talkers.say(talker, speech(20));
  for (const listener of listeners) {
    checks.expect(
      await hears(listener, talker.streamId),
      `${listener.reply!.identity} does not hear the talker`,
    );
  }
  const answer = await mute(system.adminOf('us'), room, 'talker', true);
  checks.expect(answer.status === 200, `muting from the other region is answered by ${answer.status}`);
  checks.expect((await talker.waitFor('moderated'))?.muted === true, 'who was muted is not told');
  for (const [index, edge] of [...system.edges.slice(1), system.edges[0]!].entries()) {
    const { resumeId } = talker.reply!;
    const via = directoriesOf(system)[index % directoriesOf(system).length]!;
    const next = await system.join({ room, identity: 'talker', edge, via, resumeId });
    checks.expect(next.last('welcome')?.moderated === true, `on ${edge} the mute is forgotten`);
    talkers.hush(talker);
    talkers.say(next, speech(20));
    talker = next;
    const spared = await Promise.all(listeners.map((listener) => isSpared(listener, next.streamId)));
    checks.expect(!spared.includes(false), `a muted talker is heard from ${edge}`);
  }
  await mute(system.adminOf('eu'), room, 'talker', false);
  const heard = await Promise.all(listeners.map((listener) => hears(listener, talker.streamId)));
  checks.expect(!heard.includes(false), 'a talker whose mute was lifted is not heard everywhere');
  talkers.stop();
  await leaveAll(talker, ...listeners);
};

/** `never` and `always` about speakers on other edges. */
export const subscribing: Part = async ({ system, checks }) => {
  const room = 'subscribing';
  const talkers = new Talkers();
  const [here, ...elsewhere] = system.edges as [string, ...string[]];
  const loud = await Promise.all(
    [here, ...elsewhere].map((edge) => system.join({ room, identity: `loud-${edge}`, edge })),
  );
  const quiet = await Promise.all(
    elsewhere.map((edge) => system.join({ room, identity: `quiet-${edge}`, edge })),
  );
  const listener = await system.join({ room, identity: 'listener', edge: here, grants: { publish: false } });
  const plain = await system.join({ room, identity: 'plain', edge: here, grants: { publish: false } });
  for (const [index, speaker] of loud.entries()) talkers.say(speaker, syllables(12 + 8 * index));
  for (const speaker of quiet) talkers.say(speaker, syllables(60));
  const [first] = loud as [RawClient];
  checks.expect(await hears(listener, first.streamId), 'the loudest is not heard');
  const quietIds = quiet.map(({ streamId }) => streamId);
  checks.expect(await isSpared(listener, ...quietIds), 'the quiet are heard without being asked for');
  for (const streamId of quietIds) listener.send({ type: 'subscribe', streamId, mode: 'always' });
  for (const speaker of quiet) {
    const { streamId, reply } = speaker;
    checks.expect(await hears(listener, streamId), `${reply!.identity} was asked for and is not heard`);
  }
  checks.expect(await isSpared(plain, ...quietIds), 'who did not ask for the quiet hears them');
  for (const streamId of quietIds) listener.send({ type: 'subscribe', streamId, mode: 'auto' });
  checks.expect(await isSpared(listener, ...quietIds), 'the quiet are heard after they were given up');
  const refused = loud[1]!.streamId;
  listener.send({ type: 'subscribe', streamId: refused, mode: 'never' });
  checks.expect(await isSpared(listener, refused), 'who was refused is heard from another edge');
  checks.expect(await hears(plain, refused), 'who was refused by one is not heard by another');
  talkers.stop();
  await leaveAll(...loud, ...quiet, listener, plain);
};

/** Chat from every edge to everybody, and to one. */
export const chatting: Part = async ({ system, checks }) => {
  const room = 'chatting';
  const people = [
    ...(await onEachEdge(system, room, 'speaker', true)),
    ...(await onEachEdge(system, room, 'listener', false)),
  ];
  for (const [index, sender] of people.entries()) {
    const text = `hello ${index}`;
    sender.send({ type: 'data', id: index + 1, label: 'chat', text });
    const ack = await sender.waitFor('dataAck', ({ id }) => id === index + 1);
    checks.expect(
      ack?.recipients === people.length - 1,
      `${sender.reply!.identity}: dataAck counts ${ack?.recipients} of ${people.length - 1} recipients`,
    );
    for (const other of people) {
      if (other === sender) continue;
      const got = await other.waitFor('data', (data) => data.text === text);
      checks.expect(
        got?.from === sender.reply!.identity && got.direct === false,
        `${other.reply!.identity} did not get what ${sender.reply!.identity} wrote`,
      );
    }
  }
  const [sender, ...others] = people as [RawClient, ...RawClient[]];
  for (const [index, other] of others.entries()) {
    const id = 1_000 + index;
    sender.send({ type: 'data', id, text: `for ${index}`, to: [other.reply!.identity] });
    const ack = await sender.waitFor('dataAck', (one) => one.id === id);
    checks.expect(ack?.recipients === 1, `a message to ${other.reply!.identity} reached ${ack?.recipients}`);
    const got = await other.waitFor('data', ({ text }) => text === `for ${index}`);
    checks.expect(got?.direct === true, `${other.reply!.identity} did not get what was for it alone`);
  }
  const strayed = others.filter(
    (other, index) => other.all('data').filter(({ direct }) => direct).length !== (index < 0 ? 0 : 1),
  );
  checks.expect(strayed.length === 0, `${strayed.length} people got what was for somebody else`);
  const repeated = people.filter(
    (one) => new Set(one.all('data').map(({ text }) => text)).size !== one.all('data').length,
  );
  checks.expect(repeated.length === 0, `${repeated.length} people got something twice`);
  await leaveAll(...people);
};

/** Closing a room by any directory ends it on every edge. */
export const closing: Part = async ({ system, checks }) => {
  for (const via of ['eu', 'us']) {
    const room = `closing-${via}`;
    const people = [
      ...(await onEachEdge(system, room, 'speaker', true)),
      ...(await onEachEdge(system, room, 'listener', false)),
    ];
    const answer = await system.adminOf(via).request('DELETE', `/v1/rooms/${room}`);
    checks.expect([200, 204].includes(answer.status), `closing by ${via} is answered by ${answer.status}`);
    for (const person of people) {
      const code = await person.closeCode();
      const who = person.reply!.identity;
      checks.expect(
        code === CLOSE.roomClosed,
        `${who}: in a room closed by ${via} the close code is ${code}`,
      );
    }
  }
};
