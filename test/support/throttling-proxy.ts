import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const PUMP_MS = 5;

/**
 * A TCP proxy on the loopback that lets so many bits a second pass from its clients to their server; the other way all
 * passes at once. What does not pass yet waits in it and in the system's own buffers, as in a modem: a sender's system takes far more
 * than a thin line brings.
 */
export class ThrottlingProxy {
  /** From clients to the server; undefined: as fast as they come. */
  bitsPerSecond: number | undefined;
  readonly #server: Server;
  readonly #lines = new Set<Line>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static start(target: { host: string; port: number }): Promise<ThrottlingProxy> {
    const server = createServer();
    const proxy = new ThrottlingProxy(server);
    server.on('connection', (client) => {
      const line = new Line(client, connect(target), () => proxy.bitsPerSecond);
      proxy.#lines.add(line);
      client.on('close', () => proxy.#lines.delete(line));
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(proxy));
    });
  }

  /** `127.0.0.1:port`. */
  get authority(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes that wait in the proxy now, of all lines. */
  get waitingBytes(): number {
    return [...this.#lines].reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
  }

  stop(): void {
    this.#server.close();
    for (const line of this.#lines) line.end();
  }
}

/** One connection through the proxy. */
class Line {
  waitingBytes = 0;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rate: () => number | undefined;
  readonly #timer: NodeJS.Timeout;
  #waiting: Buffer[] = [];
  #credit = 0;
  #pumpedAtMs = performance.now();

  constructor(client: Socket, server: Socket, rate: () => number | undefined) {
    this.#client = client;
    this.#server = server;
    this.#rate = rate;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => this.end());
    }
    server.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      this.#waiting.push(bytes);
      this.waitingBytes += bytes.length;
      this.#pump();
    });
    this.#timer = setInterval(() => this.#pump(), PUMP_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#client.destroy();
    this.#server.destroy();
  }

  #pump(): void {
    const rate = this.#rate();
    const nowMs = performance.now();
    const passed =
      rate === undefined ? Number.POSITIVE_INFINITY : ((nowMs - this.#pumpedAtMs) * rate) / 8_000;
    this.#pumpedAtMs = nowMs;
    // A line that has nothing to carry saves nothing up.
    this.#credit = this.#waiting.length === 0 ? 0 : this.#credit + passed;
    while (this.#waiting.length > 0 && this.#credit >= 1) {
      const first = this.#waiting[0]!;
      const passes = Math.min(first.length, Math.floor(this.#credit));
      this.#server.write(first.subarray(0, passes));
      this.#credit -= passes;
      this.waitingBytes -= passes;
      if (passes === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(passes);
    }
    if (rate === undefined) this.#credit = 0;
  }
}
