import { expectLine, expectOrder, expectServices, expectWay, person, ROOM, type TraceCheck } from './part.ts';

/** A mute goes on from the directory, over the control bus, to the edge that carries it out. */
export const checkModeration: TraceCheck = async (given) => {
  const { system, checks, caller } = given;
  const [, , us] = system.edges as [string, string, string];
  const client = await system.join({ room: ROOM, identity: person('muted'), edge: us });
  const path = `/v1/rooms/${ROOM}/participants/${person('muted')}/mute`;
  const answer = await system
    .adminOf('eu')
    .request('POST', path, { muted: true }, { traceparent: caller.header });
  checks.expect(answer.status === 200, `the mute is answered by ${answer.status}`);
  const way = await expectWay(given, 'moderation', [
    'POST /v1/rooms/:room/participants/:identity/mute',
    'order mute',
    'edge order mute',
  ]);
  expectOrder(given, way);
  expectServices(given, way, ['directory', 'directory', 'edge']);
  checks.expect(
    way[1]?.attributes['partyline.outcome'] === 'done',
    'the order does not tell what became of it',
  );
  await expectLine(given, '"event":"audit","action":"mute"');
  await client.leave();
  return {};
};
