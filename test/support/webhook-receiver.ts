import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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
      const header = request.headers['partyline-signature'];
      if (this.#isSigned(String(header ?? ''), body)) {
        this.events.push(JSON.parse(body.toString()) as ReceivedEvent);
      } else
        this.faults.push(`a webhook came with the signature "${header}": ${body.toString().slice(0, 200)}`);
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

  #isSigned(header: string, body: Buffer): boolean {
    const { t = '', v1 = '' } = Object.fromEntries(header.split(',').map((part) => part.split('=')));
    const expected = createHmac('sha256', this.secret).update(`${t}.`).update(body).digest();
    const given = Buffer.from(v1, 'hex');
    const isFresh = Math.abs(Date.now() / 1_000 - Number(t)) < 60;
    return isFresh && given.length === expected.length && timingSafeEqual(given, expected);
  }
}
