import { CLOSE } from '@partyline/protocol';
import { isProblem } from '../../support/api-client.ts';
import { remove } from '../../support/moderation.ts';
import { RawClient } from '../../support/raw-client.ts';
import type { System } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';
import { directoriesOf, type Part } from './part.ts';

/** A lease tells the number of rooms each second. */
const LEASE_MS = 1_500;

const socketOf = (system: System, edge: string): string => `${system.cluster.edge(edge).url}/v1/ws`;

/** Rooms on each edge, as its metrics and its lease say. */
const roomsByEdge = async (system: System): Promise<Map<string, string>> => {
  const { body } = await system.admin.request('GET', '/v1/edges');
  const leases = (body as { edges: { edge: string; rooms: number }[] }).edges;
  const pages = await system.edgePages();
  return new Map(
    leases.map(({ edge, rooms }) => [
      edge,
      `${pages.get(edge)?.sum('partyline_edge_rooms')} (lease: ${rooms})`,
    ]),
  );
};

/** A ticket on another edge than it names opens no room there; to be run while nothing else goes on. */
export const strayTickets: Part = async ({ system, checks }) => {
  const [named, ...others] = system.edges as [string, ...string[]];
  const before = await roomsByEdge(system);
  for (const edge of others) {
    const { reply } = await system.ticket({ room: 'stray', identity: `on-${edge}`, edge: named });
    const client = await RawClient.open(socketOf(system, edge));
    client.hello(reply.ticket);
    const code = await client.closeCode();
    const move = client.last('move');
    checks.expect(
      code === CLOSE.wrongEdge && move?.edge === named && move.url === reply.url,
      `a ticket for ${named} ends on ${edge} in ${code} with ${JSON.stringify(move)}`,
    );
    const followed = await RawClient.connect(reply, reply.url);
    checks.expect(followed.last('ready') !== undefined, `after ${edge} the ticket is not good on ${named}`);
    await followed.leave();
  }
  await forMs(LEASE_MS);
  const after = await roomsByEdge(system);
  for (const edge of others) {
    checks.expect(
      after.get(edge) === before.get(edge),
      `${edge} has ${after.get(edge)} rooms after a ticket that was not for it, before ${before.get(edge)}`,
    );
  }
};

/** Who was removed comes back by no edge and no directory. */
export const removal: Part = async ({ system, checks }) => {
  const room = 'removal';
  const witnesses = await Promise.all(
    system.edges.map((edge) => system.join({ room, identity: `witness-${edge}`, edge })),
  );
  for (const [index, home] of system.edges.entries()) {
    const identity = `troll-${index}`;
    const troll = await system.join({ room, identity, edge: home });
    for (const witness of witnesses) {
      // Who comes and goes within the 20 ms for which edges collect changes is told of to nobody.
      const isTold = ({ joined = [] }: { joined?: { streamId: number }[] }): boolean =>
        joined.some(({ streamId }) => streamId === troll.streamId);
      const told = await witness.waitFor('participants', isTold);
      checks.expect(told !== undefined, `${witness.reply!.identity} is not told that ${identity} is there`);
    }
    // A ticket that was never used, and the one of the session that goes on.
    const fresh = await system.ticket({ room, identity, edge: home, resumeId: troll.reply!.resumeId });
    const by = directoriesOf(system)[(index + 1) % directoriesOf(system).length]!;
    const answer = await remove(system.adminOf(by), room, identity);
    checks.expect(answer.status === 200, `${identity}: removing by ${by} is answered by ${answer.status}`);
    const code = await troll.closeCode();
    checks.expect(code === CLOSE.removed, `${identity} on ${home} was closed with ${code}`);
    const { resumeKey } = troll.last('welcome')!;
    for (const edge of system.edges) {
      for (const [what, ticket, extra] of [
        ['old ticket', troll.reply!.ticket, { resumeKey }],
        ['fresh ticket', fresh.reply.ticket, {}],
      ] as const) {
        const back = await RawClient.open(socketOf(system, edge));
        back.hello(ticket, extra);
        const backCode = await back.closeCode();
        const isOut = backCode === CLOSE.removed && back.last('welcome') === undefined;
        checks.expect(isOut, `${identity} came to ${edge} with its ${what} and was answered by ${backCode}`);
        back.vanish();
      }
    }
    for (const id of directoriesOf(system)) {
      const url = system.cluster.directories.find((directory) => directory.id === id)!.url;
      const api = system.api.at(url).as(await system.token({ room, identity }));
      for (const body of [{}, { resumeId: troll.reply!.resumeId }]) {
        const joined = await api.request('POST', `/v1/rooms/${room}/join`, body);
        checks.expect(isProblem(joined, 403), `${identity} joins by ${id}: ${joined.status}`);
      }
      // A ticket is a credential as well.
      const moved = await system.api
        .at(url)
        .as(fresh.reply.ticket)
        .request('POST', `/v1/rooms/${room}/join`, {});
      checks.expect(isProblem(moved, 403), `${identity} joins by ${id} with its ticket: ${moved.status}`);
    }
    for (const witness of witnesses) {
      const told = await witness.waitFor(
        'participants',
        ({ left }) => left?.includes(troll.streamId) === true,
      );
      checks.expect(told !== undefined, `${witness.reply!.identity} is not told that ${identity} is gone`);
    }
  }
  await Promise.all(witnesses.map((witness) => witness.leave()));
};
