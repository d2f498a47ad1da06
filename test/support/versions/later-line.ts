import type { AddressInfo } from 'node:net';
import type { Network } from '@partyline/client';
import WebSocket, { WebSocketServer } from 'ws';
import { laterJson } from './later.ts';

/** Before so many messages goes one that only a later version understands. */
const OWN_EVERY = 10;
const OWN_TEXT = JSON.stringify({ type: 'weather', sky: 'blue' });
/** Media messages of another version, and of another type of this one (protocol rule 11). */
const OWN_MEDIA = [0x21, 0x1f].map((first) => Buffer.from([first, ...new Array<number>(40).fill(0)]));

/**
 * A line between clients and edges on which both sound like software of a later version: what passes has more
 * fields, and between it come messages that nobody knows yet. Both directions keep their order.
 */
export class LaterLine {
  /** Messages of its own to edges, by kind. */
  readonly toEdges = { text: 0, media: 0 };
  /** And to clients. */
  readonly toClients = { text: 0, media: 0 };
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (client, request) => {
      const target = new URL(request.url ?? '', 'ws://line').searchParams.get('to');
      if (target !== null) this.#connect(client, target);
    });
  }

  static async start(): Promise<LaterLine> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await new Promise((resolve) => server.once('listening', resolve));
    return new LaterLine(server);
  }

  /** A network whose connections take this line, and whose requests have more fields as well. */
  through(network: Network): Network {
    const { port } = this.#server.address() as AddressInfo;
    return {
      fetch: (url, { body, ...init }) =>
        network.fetch(url, { ...init, ...(body !== undefined && { body: laterJson(body) }) }),
      openSocket: (url) => network.openSocket(`ws://127.0.0.1:${port}/?to=${encodeURIComponent(url)}`),
    };
  }

  async stop(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: WebSocket, target: string): void {
    const edge = new WebSocket(target, { perMessageDeflate: false });
    // Whatever the client says before the edge is reached waits.
    client.pause();
    edge.once('open', () => client.resume());
    this.#pass(client, edge, this.toEdges);
    this.#pass(edge, client, this.toClients);
  }

  #pass(from: WebSocket, to: WebSocket, own: { text: number; media: number }): void {
    const count = { text: 0, media: 0 };
    from.on('message', (data: Buffer, isBinary) => {
      if (to.readyState !== WebSocket.OPEN) return;
      const kind = isBinary ? 'media' : 'text';
      count[kind] += 1;
      // Not before the first: that has to be hello, and welcome.
      if (count[kind] % OWN_EVERY === 0) {
        own[kind] += 1;
        to.send(isBinary ? OWN_MEDIA[own.media % OWN_MEDIA.length]! : OWN_TEXT, { binary: isBinary });
      }
      to.send(isBinary ? data : laterJson(data.toString()), { binary: isBinary });
    });
    from.on('error', () => to.terminate());
    from.on('close', (code, reason) => {
      // Codes that say that no close frame came may not be sent.
      if (code === 1005 || code === 1006) to.terminate();
      else to.close(code, reason);
    });
  }
}
