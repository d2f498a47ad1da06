// A backend's code as an application writes it: only compiled; backend.js beside it is run.
import { BackendError, mintAccessToken, verifyWebhook, type WebhookEvent } from '@partyline/client/server';

export const tokenFor = (identity: string, secret: string): Promise<string> =>
  mintAccessToken({ keyId: 'key', secret, room: 'lobby', identity, grants: { moderate: true } });

export const receive = async (request: Request, secrets: readonly string[]): Promise<Response> => {
  const result = await verifyWebhook({ body: await request.text(), headers: request.headers, secrets });
  if (!result.ok) return new Response(result.detail, { status: result.fault === 'malformed' ? 400 : 401 });
  return new Response(describe(result.event));
};

const describe = (event: WebhookEvent): string => {
  switch (event.type) {
    case 'participant_joined':
    case 'participant_left':
      return `${event.identity} in ${event.room}`;
    case 'room_started':
    case 'room_ended':
      // @ts-expect-error nobody in particular
      return event.identity ?? `${event.room} at ${event.version.counter}`;
    case 'edge_drained':
      return event.edge;
    case 'unknown':
      return String(event.sent.type);
  }
};

export const isOwnMistake = (error: unknown): boolean =>
  error instanceof BackendError && error.code === 'short_secret';
