import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PublishConnection } from './publish-connection.ts';

/** A server that keeps what it is sent and answers when the test says so. */
class Scripted {
  readonly sockets: Socket[] = [];
  readonly received: Buffer[] = [];
  readonly #server: Server = createServer((socket) => {
    this.sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => this.received.push(data));
  });

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  get text(): string {
    return Buffer.concat(this.received).toString('latin1');
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
  }
}

const until = (condition: () => void): Promise<void> =>
  vi.waitFor(condition, { timeout: 5_000, interval: 2 });
const greeting =
  '*3\r\n$4\r\nAUTH\r\n$4\r\nanna\r\n$7\r\nsécret\r\n' +
  '*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$30\r\npartyline-an_edge-publications\r\n' +
  '*1\r\n$4\r\nPING\r\n';

describe('PublishConnection', () => {
  let server: Scripted;
  let beside: Socket;
  let connection: PublishConnection;
  let ready = 0;
  let stalls = 0;
  const ends: string[] = [];
  const outcomes: unknown[] = [];
  const answered = (value: number, refusal: string | undefined): void => {
    outcomes.push(refusal ?? value);
  };
  const start = async (stallMs = 60_000): Promise<void> => {
    connection = new PublishConnection({
      beside,
      username: 'anna',
      password: 'sécret',
      name: 'an edge',
      sharded: false,
      stallMs,
      onReady: () => {
        ready += 1;
      },
      onEnd: (error, wasReady) => ends.push(`${error.message} ${wasReady}`),
      onStall: () => {
        stalls += 1;
      },
    });
    await until(() => expect(server.text).toBe(Buffer.from(greeting).toString('latin1')));
  };
  /** Says something on the connection that publishes. */
  const say = (text: string): void => void server.sockets[1]!.write(text);
  const greet = async (): Promise<void> => {
    say('+OK\r\n+OK\r\n+PONG\r\n');
    await until(() => expect(connection.isReady).toBe(true));
    server.received.length = 0;
  };

  beforeEach(async () => {
    server = new Scripted();
    const port = await server.listen();
    beside = connect({ host: '127.0.0.1', port });
    await until(() => expect(server.sockets).toHaveLength(1));
    [ready, stalls] = [0, 0];
    ends.length = 0;
    outcomes.length = 0;
  });
  afterEach(() => {
    connection?.stop();
    beside.destroy();
    server.close();
  });

  it('logs in and gives its name, and is ready when the server has answered that', async () => {
    await start();
    say('+OK\r\n-NOPERM no right to client|setname\r\n');
    expect([connection.isReady, ready]).toEqual([false, 0]);
    say('-NOPERM no right to ping\r\n');
    await until(() => expect([connection.isReady, ready]).toEqual([true, 1]));
  });

  it.each([
    ['-WRONGPASS invalid\r\n', 'WRONGPASS invalid false'],
    ['+OK\r\n+OK\r\n-LOADING\r\n', 'LOADING false'],
    ['-ERR max number of clients reached\r\n', 'ERR max number of clients reached false'],
    ['HTTP/1.1 400 Bad Request\r\n', 'the server answered a publication in an unknown form false'],
  ])('ends when it is greeted by %j', async (text, end) => {
    await start();
    say(text);
    await until(() => expect(ends).toEqual([end]));
    expect(ready).toBe(0);
  });

  it('writes what one turn publishes in order, whatever the size, and reads the bytes at once', async () => {
    await start();
    await greet();
    const bytes = new Uint8Array(262_144);
    const sizes = [0, 1, 100, 60_000, 80_000, 131_072, 262_144, 5, 0];
    let expected = '';
    for (const [index, size] of sizes.entries()) {
      bytes.fill(0x30 + index);
      connection.publish(`c:${index}`, bytes.subarray(0, size), answered);
      expected += `*3\r\n$7\r\nPUBLISH\r\n$3\r\nc:${index}\r\n$${size}\r\n${String(index).repeat(size)}\r\n`;
    }
    bytes.fill(0xee);
    await until(() => expect(server.text.length).toBe(expected.length));
    expect(server.text === expected).toBe(true);
    say(':4\r\n:0\r\n-MOVED 12 h:1\r\n');
    await until(() => expect(outcomes).toEqual([4, 0, 'MOVED 12 h:1']));
  });

  it('tells each its own answer when thousands are answered late and none at once', async () => {
    await start();
    await greet();
    const expected: number[] = [];
    for (let value = 0; value < 5_000; value += 1) {
      connection.publish('c', new Uint8Array(1), answered);
      expected.push(value);
    }
    for (let at = 0; at < 5_000; at += 1_250) {
      say(
        expected
          .slice(at, at + 1_250)
          .map((value) => `:${value}\r\n`)
          .join(''),
      );
      await until(() => expect(outcomes).toHaveLength(at + 1_250));
      connection.publish('c', new Uint8Array(1), () => {});
    }
    expect(outcomes).toEqual(expected);
  });

  it('tells what is under way when the server ends it, then that it ended', async () => {
    await start();
    await greet();
    connection.publish('c', new Uint8Array(1), answered);
    connection.publish('c', new Uint8Array(1), answered);
    say(':1\r\n');
    await until(() => expect(outcomes).toEqual([1]));
    server.sockets[1]!.destroy();
    await until(() => expect(ends).toHaveLength(1));
    expect(outcomes).toEqual([1, expect.any(String)]);
    expect([connection.isReady, ends[0]!.endsWith(' true')]).toEqual([false, true]);
  });

  it('tells what is under way when it is stopped, and nothing more', async () => {
    await start();
    await greet();
    connection.publish('c', new Uint8Array(1), answered);
    connection.stop();
    connection.stop();
    expect(outcomes).toEqual(['Connection is closed.']);
    await until(() => expect(server.sockets[1]!.readyState).not.toBe('open'));
    expect(ends).toEqual([]);
  });

  it('is ended when nothing is answered in time, though nothing but its own probe was sent', async () => {
    await start(300);
    await greet();
    await until(() => expect(ends).toEqual(['no answer for 300 ms true']));
    expect(server.text).toBe('*1\r\n$4\r\nPING\r\n');
    expect(stalls).toBe(1);
  });

  it('ends when the connection beside it is gone already', async () => {
    beside.destroy();
    const end = new Promise<string>((resolve) => {
      connection = new PublishConnection({
        beside,
        username: undefined,
        password: undefined,
        name: 'edge',
        sharded: true,
        onReady: () => {},
        onStall: () => {},
        onEnd: (error) => resolve(error.message),
      });
    });
    expect(await end).toBe('Connection is closed.');
  });
});
