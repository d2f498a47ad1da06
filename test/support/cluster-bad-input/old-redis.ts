import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Answers as a node of a Redis Cluster of version 6.2 does, as far as a client asks before it finds out. */
export class OldRedis {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<OldRedis> {
    const server = createServer();
    const old = new OldRedis(server);
    server.on('connection', (socket) => old.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return old;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      rest += text;
      for (let command = takeCommand(rest); command !== undefined; command = takeCommand(rest)) {
        rest = command.rest;
        socket.write(this.#answer(command.words));
      }
    });
  }

  #answer([name = '', sub = '']: readonly string[]): string {
    switch (`${name} ${sub}`.toLowerCase().split(' ')[0]) {
      case 'hello':
        return `%3\r\n${bulk('server')}${bulk('redis')}${bulk('version')}${bulk('6.2.14')}${bulk('proto')}:3\r\n`;
      case 'info':
        return bulk('# Server\r\nredis_version:6.2.14\r\nredis_mode:cluster\r\nloading:0\r\n');
      case 'cluster':
        if (/^slots$/i.test(sub)) {
          const node = `*3\r\n${bulk('127.0.0.1')}:${this.port}\r\n${bulk('0'.repeat(40))}`;
          return `*1\r\n*3\r\n:0\r\n:16383\r\n${node}`;
        }
        if (/^info$/i.test(sub)) return bulk('cluster_state:ok\r\n');
        return `-ERR Unknown subcommand or wrong number of arguments for '${sub}'. Try CLUSTER HELP.\r\n`;
      case 'ping':
        return '+PONG\r\n';
      case 'client':
      case 'readonly':
      case 'select':
        return '+OK\r\n';
      default:
        return `-ERR unknown command \`${name}\`, with args beginning with: \r\n`;
    }
  }
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** The first whole command in what has come, and what stands behind it. */
const takeCommand = (text: string): { words: string[]; rest: string } | undefined => {
  const parts = text.split('\r\n');
  const count = Number(/^\*(\d+)$/.exec(parts[0] ?? '')?.[1]);
  // A line for the count, two for each word, and what stands behind the last line's end.
  if (!(parts.length > 1 + 2 * count)) return undefined;
  const words = Array.from({ length: count }, (_, i) => parts[2 + 2 * i]!);
  return { words, rest: parts.slice(1 + 2 * count).join('\r\n') };
};
