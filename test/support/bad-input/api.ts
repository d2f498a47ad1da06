import { isProblem } from '../api-client.ts';
import type { System } from '../system.ts';
import type { BadInput } from './case.ts';

interface Request {
  method?: string;
  path?: (room: string) => string;
  /** Access token; undefined sends none. */
  token?: (system: System, room: string) => Promise<string> | string;
  body?: unknown;
  headers?: Record<string, string>;
}

const good = (system: System, room: string): Promise<string> => system.token({ room, identity: 'caller' });

/** A request that must be answered by an error of RFC 9457 with this status. */
const problem = (name: string, status: number, request: Request): BadInput => ({
  name,
  expected: `${status} problem+json`,
  attempt: async (system, room) => {
    const api = system.api.as(await request.token?.(system, room));
    const path = request.path?.(room) ?? `/v1/rooms/${room}/join`;
    const { method = 'POST', headers } = request;
    const body = method === 'POST' ? (request.body ?? {}) : undefined;
    const answer = await api.request(method, path, body, headers);
    if (isProblem(answer, status)) return undefined;
    return `${answer.status} ${answer.contentType}: ${JSON.stringify(answer.body).slice(0, 200)}`;
  },
});

/** Everything that can be wrong with requests to the API. */
export const API_CASES: readonly BadInput[] = [
  problem('join without a token', 401, {}),
  problem('join with garbage for a token', 401, { token: () => 'garbage' }),
  problem('join with an expired token', 401, {
    token: (system, room) =>
      system.token({ room, identity: 'caller', ttlSeconds: 30, nowMs: Date.now() - 60_000 }),
  }),
  problem('join with a ticket that a stranger signed', 401, {
    token: async (system, room) => {
      const { ticket } = await system.api.as(await good(system, room)).join(room);
      return `${ticket.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`;
    },
  }),
  problem('join with a token for another room', 403, {
    token: (system) => system.token({ room: 'another-room', identity: 'caller' }),
  }),
  problem('join with a body that is no JSON', 400, { token: good, body: '{"name":' }),
  problem('join with a name that is too long', 400, { token: good, body: { name: 'x'.repeat(500) } }),
  problem('join of a room whose name is not allowed', 400, {
    token: good,
    path: () => '/v1/rooms/%20no%20room%20/join',
  }),
  problem('join with a body that is too large', 413, {
    token: good,
    body: { metadata: 'x'.repeat(100_000) },
  }),
  problem('join with a body of another type', 415, {
    token: good,
    body: '<join/>',
    headers: { 'content-type': 'application/xml' },
  }),
  problem('a page of the API that does not exist', 404, { method: 'POST', path: () => '/v1/nothing' }),
  problem('listing rooms without a token', 401, { method: 'GET', path: () => '/v1/rooms' }),
  problem("listing rooms with a participant's token", 403, {
    method: 'GET',
    path: () => '/v1/rooms',
    token: good,
  }),
  problem("removing somebody with a participant's token", 403, {
    method: 'DELETE',
    path: (room) => `/v1/rooms/${room}/participants/somebody`,
    token: good,
  }),
];
