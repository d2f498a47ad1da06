import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook } from '@partyline/backend';

/** An event as an application gets it. */
export interface ReceivedEvent {
  id: string;
  type: string;
  at: number;
  room?: string;
  version?: { incarnation: string; counter: number };
  identity?: string;
  streamId?: number;
  edge?: string;
  region?: string;
}

/** What is said while a directory and a receiver on one machine agree about the time. */
const TOLERANCE_SECONDS = 60;

/** An application's server, which checks signatures as docs/webhooks.md says. */
export class WebhookReceiver {
  readonly secret = randomBytes(24).toString('base64url');
  /** What came, repetitions included, in the order in which it was taken. */
  readonly events: ReceivedEvent[] = [];
  /** Requests whose signature or form was wrong: a sentence each. */
  readonly faults: string[] = [];
  /** Takes nothing while set: answers 503. */
  refusing = false;
  refused = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces);
      if (this.refusing) {
        this.refused += 1;
        response.writeHead(503).end();
        return;
      }
      const { headers } = request;
      const result = await verifyWebhook({
        body,
        headers,
        secrets: this.secret,
        toleranceSeconds: TOLERANCE_SECONDS,
      });
      if (result.ok && result.event.type !== 'unknown') this.events.push(result.event);
      else
        this.faults.push(
          `a webhook is ${result.ok ? 'of no known type' : result.detail}: ${String(body).slice(0, 200)}`,
        );
      response.writeHead(204).end();
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/partyline`;
  }

  /** Each event once, however often it came. */
  get distinct(): ReceivedEvent[] {
    return [...new Map(this.events.map((event) => [event.id, event])).values()];
  }

  of(room: string): ReceivedEvent[] {
    return this.distinct.filter((event) => event.room === room);
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
