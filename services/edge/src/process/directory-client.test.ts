import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TicketSigner } from '@partyline/tokens';
import { afterEach, describe, expect, it } from 'vitest';
import { DirectoryAwayError, DirectoryClient } from './directory-client.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const answering = (status: number, body: unknown, seen: string[] = []): Promise<string> =>
  serve((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
const problem = (code: string, more = {}) => ({ code, detail: 'So it is.', ...more });
/** An address at which nobody listens any more. */
const nobody = async (): Promise<string> => {
  const url = await answering(200, {});
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return url;
};

describe('a directory client', () => {
  it('renews and moves with the ticket as the credential', async () => {
    const seen: string[] = [];
    const reply = { ticket: 'newer', ticketExpiresAt: 7, edge: 'edge-2', url: '/v1/ws', more: true };
    const client = new DirectoryClient({ urls: [await answering(200, reply, seen)] });
    expect(await client.renewTicket('t1')).toEqual({ ok: true, ticket: 'newer', expiresAt: 7 });
    expect(await client.moveTicket('t2', ['edge-1'])).toEqual({
      ok: true,
      ticket: 'newer',
      expiresAt: 7,
      edge: 'edge-2',
      url: '/v1/ws',
      fallbacks: [],
    });
    expect(seen).toEqual(['POST /v1/tickets/renew Bearer t1', 'POST /v1/tickets/move Bearer t2']);
  });

  it('asks the next one when one is away or broken, and stays with the one that answers', async () => {
    const seen: string[] = [];
    const broken: string[] = [];
    const client = new DirectoryClient({
      urls: [
        await nobody(),
        await answering(500, problem('internal_error'), broken),
        await answering(200, TicketSigner.generate().publicKeys(), seen),
      ],
    });
    expect((await client.keys()).keys).toHaveLength(1);
    await client.keys();
    expect([broken.length, seen.length]).toEqual([1, 2]);
  });

  it('passes refusals on, and takes too many requests for too early', async () => {
    const refused = new DirectoryClient({ urls: [await answering(403, problem('session_over'))] });
    expect(await refused.renewTicket('t')).toEqual({
      ok: false,
      reason: 'session_over',
      detail: 'So it is.',
    });
    const limited = new DirectoryClient({
      urls: [await answering(429, problem('rate_limited', { retryAfterSeconds: 9 }))],
    });
    expect(await limited.renewTicket('t')).toMatchObject({ reason: 'too_early', retryAfterSeconds: 9 });
  });

  it('says what is wrong when nobody answers, or not as a directory does', async () => {
    const away = new DirectoryClient({ urls: [await nobody()] });
    await expect(away.renewTicket('t')).rejects.toThrow(/no directory answers.*ECONNREFUSED/);
    const full = new DirectoryClient({ urls: [await answering(503, problem('no_edge'))] });
    await expect(full.moveTicket('t', [])).rejects.toThrow(/503: So it is/);
    for (const body of [{}, [], null, 'text', { keys: [] }]) {
      const odd = new DirectoryClient({ urls: [await answering(200, body)] });
      await expect(odd.keys()).rejects.toThrow(DirectoryAwayError);
      await expect(odd.moveTicket('t', [])).rejects.toThrow(DirectoryAwayError);
    }
    await expect(new DirectoryClient({ urls: [] }).keys()).rejects.toThrow('PARTYLINE_DIRECTORY_URLS');
  });

  it('waits no longer than 2 s for one', async () => {
    const client = new DirectoryClient({ urls: [await serve(() => undefined)] });
    await expect(client.keys()).rejects.toThrow('no answer within 2000 ms');
  });
});
