import { CLOSE, type JoinReply } from '@partyline/protocol';
import { type TicketClaims, TicketSigner } from '@partyline/tokens';
import { RawClient } from '../raw-client.ts';
import type { System } from '../system.ts';
import { type BadInput, closedWith, stillServed } from './case.ts';

const claimsOf = (ticket: string): TicketClaims =>
  JSON.parse(Buffer.from(ticket.split('.')[1]!, 'base64url').toString('utf8')) as TicketClaims;

const seat = async (system: System, room: string, identity = 'holder'): Promise<JoinReply> =>
  system.api.as(await system.token({ room, identity })).join(room);

/** Says hello with a ticket where a good one belongs. */
const present = async (
  system: System,
  good: JoinReply,
  ticket: string,
  resumeKey?: string,
): Promise<RawClient> => {
  const client = await RawClient.open(system.api.socketUrl(good));
  client.hello(ticket, resumeKey === undefined ? {} : { resumeKey });
  await client.settled(3_000);
  return client;
};

/** A ticket made from a good one, which must be refused with a code and a reason in words. */
const refused = (
  name: string,
  code: number,
  make: (system: System, good: JoinReply) => Promise<string> | string,
): BadInput => ({
  name,
  expected: `told why, closed with ${code}`,
  attempt: async (system, room) => {
    const good = await seat(system, room);
    const client = await present(system, good, await make(system, good));
    const trouble = await closedWith(client, code);
    client.vanish();
    if (trouble !== undefined) return trouble;
    if (client.all('welcome').length > 0) return 'it was welcomed first';
    return client.last('error')?.fatal === true ? undefined : 'no fatal error said why';
  },
});

const signAgain = async (
  signer: TicketSigner,
  ticket: string,
  change: Readonly<Record<string, unknown>> = {},
  ttlSeconds = 60,
): Promise<string> => {
  const { iat: _iat, exp: _exp, ...claims } = claimsOf(ticket);
  return (await signer.sign({ ...claims, ...change } as typeof claims, ttlSeconds)).ticket;
};

const withPart = (ticket: string, index: number, value: object): string => {
  const parts = ticket.split('.');
  parts[index] = Buffer.from(JSON.stringify(value)).toString('base64url');
  return parts.join('.');
};

/** Everything that can be wrong with tickets. */
export const TICKET_CASES: readonly BadInput[] = [
  refused('a ticket that expired 16 minutes ago', CLOSE.ticketExpired, (system, good) =>
    signAgain(system.tickets, good.ticket, {}, -16 * 60),
  ),
  refused('a ticket signed by a stranger', CLOSE.ticketRefused, (_system, good) =>
    signAgain(TicketSigner.generate(), good.ticket),
  ),
  refused('a ticket whose grants were changed', CLOSE.ticketRefused, (_system, good) => {
    const claims = claimsOf(good.ticket);
    return withPart(good.ticket, 1, { ...claims, grants: { ...claims.grants, moderate: true } });
  }),
  refused(
    'a ticket without a signature (alg none)',
    CLOSE.ticketRefused,
    (_system, good) =>
      `${withPart(good.ticket, 0, { alg: 'none', typ: 'partyline-ticket+jwt' }).split('.').slice(0, 2).join('.')}.`,
  ),
  refused('a ticket for a room where nobody gave it a seat', CLOSE.ticketExpired, (system, good) =>
    signAgain(system.tickets, good.ticket, { room: 'another-room', resumeId: 'made-up' }),
  ),
  refused('an access token instead of a ticket', CLOSE.ticketRefused, (system, good) =>
    system.token({ room: good.room, identity: 'holder' }),
  ),
  refused('any text instead of a ticket', CLOSE.ticketRefused, () => 'let me in'),
  {
    name: 'a ticket used a second time',
    expected: `closed with ${CLOSE.ticketRefused}, the first session goes on`,
    attempt: async (system, room) => {
      const good = await seat(system, room);
      const owner = await present(system, good, good.ticket);
      const thief = await present(system, good, good.ticket);
      const guesser = await present(system, good, good.ticket, 'a-guess');
      const trouble =
        (await closedWith(thief, CLOSE.ticketRefused)) ??
        (await closedWith(guesser, CLOSE.ticketRefused)) ??
        (await stillServed(owner));
      await owner.leave();
      return trouble;
    },
  },
  {
    name: 'the same with the resume key of its session',
    expected: `resumed; the older connection closed with ${CLOSE.superseded}`,
    attempt: async (system, room) => {
      const good = await seat(system, room);
      const older = await present(system, good, good.ticket);
      const newer = await present(system, good, good.ticket, older.last('welcome')?.resumeKey);
      const trouble = (await closedWith(older, CLOSE.superseded)) ?? (await stillServed(newer));
      const sameStream = newer.last('welcome')?.streamId === older.last('welcome')?.streamId;
      await newer.leave();
      return trouble ?? (sameStream ? undefined : 'it came back with another stream id');
    },
  },
];
