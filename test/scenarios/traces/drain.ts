import { holdsWithin } from '../../support/wait.ts';
import { expectLine, expectOrder, expectServices, expectWay, person, type TraceCheck } from './part.ts';

/** A drain is one trace, with each move, its ticket and the hello on another edge. */
export const checkDrain: TraceCheck = async (given) => {
  const { system, checks, caller } = given;
  const [edge] = system.edges as [string, string, string];
  const room = 'drained';
  const callers = [
    await system.call({ room, identity: person('a'), edge }),
    await system.call({ room, identity: person('b'), edge }),
  ];
  const answer = await system.admin.request(
    'POST',
    `/v1/edges/${edge}/drain`,
    { windowSeconds: 5 },
    { traceparent: caller.header },
  );
  checks.expect(answer.status === 200, `the drain is answered by ${answer.status}`);
  const moved = await holdsWithin(
    () => callers.every((one) => one.edge !== undefined && one.edge !== edge),
    10_000,
  );
  checks.expect(moved, 'not everybody was moved');
  const way = await expectWay(given, 'drain', [
    'POST /v1/edges/:edge/drain',
    'order drain',
    'edge order drain',
    'edge drain',
    'edge move',
    'POST /v1/tickets/move',
    'edge hello',
  ]);
  expectOrder(given, way);
  expectServices(given, way, ['directory', 'directory', 'edge', 'edge', 'edge', 'directory', 'edge']);
  const [from, to] = [way[3], way[6]].map((span) => span?.resource['service.instance.id']);
  checks.expect(from === edge && to !== edge, `the drain of ${edge} is one from ${from} to ${to}`);
  await expectLine(given, 'Draining: participants are moved');
  await expectLine(given, 'Drained: nobody is left');
  await Promise.all(callers.map((one) => one.leave()));
  return {};
};
