import { parseJoinReply } from '@partyline/protocol';
import { RawClient } from '../../support/raw-client.ts';
import { expectOrder, expectServices, expectWay, person, ROOM, type TraceCheck } from './part.ts';

/** A join goes on, in the trace of whoever asks for it, through directory and registry to the edge. */
export const checkJoin: TraceCheck = async (given) => {
  const { system, checks, caller } = given;
  const [, eu, us] = system.edges as [string, string, string];
  // Somebody else is there on another edge, so that there is an edge to greet.
  const other = await system.join({ room: ROOM, identity: person('first'), edge: us });
  const token = await system.token({ room: ROOM, identity: person('joiner') });
  const api = system.api.as(token);
  const avoid = system.edges.filter((id) => id !== eu);
  const answer = await api.request(
    'POST',
    `/v1/rooms/${ROOM}/join`,
    { region: 'eu', avoid },
    { traceparent: caller.header },
  );
  const parsed = parseJoinReply(answer.body);
  if (!parsed.ok) throw new Error(`the join failed: ${JSON.stringify(answer.body)}`);
  const client = await RawClient.connect(parsed.reply, api.socketUrl(parsed.reply));

  const request = 'POST /v1/rooms/:room/join';
  const way = await expectWay(given, 'join', [request, 'edge hello', 'edge greeting']);
  expectOrder(given, way);
  expectServices(given, way, ['directory', 'edge', 'edge']);
  for (const names of [
    [request, 'registry claimSeat'],
    [request, 'registry places'],
    [request, 'edge hello', 'registry seatIsCurrent'],
    [request, 'edge hello', 'registry putMember'],
  ]) {
    expectOrder(given, await expectWay({ ...given, say: () => undefined }, 'join', names));
  }
  const hello = way[1];
  checks.expect(
    hello?.events.map(({ name }) => name).join(' ') === 'welcome ready',
    'the hello is not followed to welcome and ready',
  );
  checks.expect(way[0]?.attributes['http.response.status_code'] === 200, 'the join does not tell its status');
  await Promise.all([client.leave(), other.leave()]);
  return { joinMs: hello === undefined ? Number.NaN : hello.endMs - way[0]!.startMs };
};
