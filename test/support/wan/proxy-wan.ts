import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Wan, WanTraffic } from './wan.ts';

/** Bytes on the way in one direction of one connection, above which the sender is not read from. */
const MAX_IN_FLIGHT_BYTES = 4_194_304;

/**
 * A line between regions made of TCP proxies, for machines without network namespaces: it delays, and cuts as a
 * firewall does, without a word to either side.
 */
export class ProxyWan implements Wan {
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #sockets = new Set<Socket>();
  readonly #traffic: WanTraffic = { bytes: 0, packets: 0, lost: 0 };
  #delayMs = 0;
  #jitterMs = 0;
  #isCut = false;

  /** A port of this machine through which the target's is reached over the line. */
  async through(port: number, host = '127.0.0.1'): Promise<number> {
    const key = `${host}:${port}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#listen(port, host);
      this.#servers.set(key, server);
    }
    return ((await server).address() as AddressInfo).port;
  }

  async delay(delayMs: number, jitterMs = 0): Promise<void> {
    this.#delayMs = delayMs;
    this.#jitterMs = jitterMs;
  }

  async cut(): Promise<void> {
    this.#isCut = true;
  }

  /** Connections of before are reset: bytes of theirs are missing. */
  async heal(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#isCut = false;
  }

  async traffic(): Promise<WanTraffic> {
    return { ...this.#traffic };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers.values()) (await server).close();
  }

  #listen(port: number, host: string): Promise<Server> {
    const server = createServer({ noDelay: true }, (near) => {
      this.#keep(near);
      // Connecting takes the line's time, too; over one that is cut it never ends.
      setTimeout(() => this.#join(near, port, host), this.#delayMs);
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
  }

  #join(near: Socket, port: number, host: string): void {
    if (this.#isCut || near.destroyed) return;
    const far = connect({ port, host, noDelay: true });
    this.#keep(far);
    this.#carry(near, far);
    this.#carry(far, near);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #carry(from: Socket, to: Socket): void {
    let lastDueMs = 0;
    let inFlight = 0;
    const later = (act: () => void): void => {
      const jitterMs = (Math.random() * 2 - 1) * this.#jitterMs;
      const nowMs = performance.now();
      lastDueMs = Math.max(lastDueMs, nowMs + this.#delayMs + jitterMs);
      setTimeout(act, lastDueMs - nowMs);
    };
    from.on('data', (bytes) => {
      this.#traffic.packets += 1;
      this.#traffic.bytes += bytes.length;
      if (this.#isCut) {
        this.#traffic.lost += 1;
        return;
      }
      inFlight += bytes.length;
      if (inFlight > MAX_IN_FLIGHT_BYTES) from.pause();
      later(() => {
        inFlight -= bytes.length;
        if (inFlight <= MAX_IN_FLIGHT_BYTES) from.resume();
        if (!this.#isCut && !to.destroyed) to.write(bytes);
      });
    });
    from.on('end', () => later(() => !this.#isCut && to.end()));
    from.on('close', () => later(() => !this.#isCut && to.destroy()));
  }
}
