import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on the loopback that can stop forwarding in both directions without closing anything: to both
 * ends the other has vanished, as when a laptop is shut or a mobile network hands over badly.
 */
export class StallingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stalled = false;
  /** Whether the server behind the proxy has ended a connection. */
  endedByTarget = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static start(targetHost: string, targetPort: number): Promise<StallingProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new StallingProxy(server);
    server.on('connection', (client) => proxy.#join(client, connect({ host: targetHost, port: targetPort })));
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(proxy));
    });
  }

  /** `127.0.0.1:port`. */
  get authority(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing passes, not even the end of a connection. */
  stall(): void {
    this.#stalled = true;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, upstream: Socket): void {
    this.#pipe(client, upstream);
    this.#pipe(upstream, client);
    for (const event of ['end', 'close']) upstream.on(event, () => (this.endedByTarget = true));
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (!this.#stalled) to.write(bytes);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#stalled) to.destroy();
    });
    from.on('end', () => {
      if (!this.#stalled) to.end();
    });
  }
}
