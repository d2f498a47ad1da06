import type { HttpReply, HttpRequest } from '@partyline/edge';

/** The part of a fastify app that answers a request without a socket. */
export interface InjectableApp {
  inject(request: {
    method: InjectMethod;
    url: string;
    headers: Record<string, string>;
    remoteAddress: string;
    payload?: Buffer;
  }): PromiseLike<{ statusCode: number; headers: HttpReply['headers']; rawPayload: Buffer }>;
}

type InjectMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/**
 * Hands requests that reach the edge's port to an app that listens on no port of its own, and brings back the
 * answer whole.
 */
export function bridgeTo(app: InjectableApp): (request: HttpRequest) => Promise<HttpReply> {
  return async ({ method, url, headers, remoteAddress, body }) => {
    const reply = await app.inject({
      // The app answers methods that it does not know by itself, whatever the text.
      method: method as InjectMethod,
      url,
      headers,
      remoteAddress,
      ...(body.length > 0 && { payload: body }),
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.rawPayload };
  };
}
