import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { StallingProxy } from './stalling-proxy.ts';
import { holdsWithin, until } from './wait.ts';

describe('a stalling proxy', () => {
  it('forwards both ways until it stalls, and then not even the end of a connection', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => socket.write(`echo ${bytes}`));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await StallingProxy.start('127.0.0.1', (server.address() as AddressInfo).port);
    const [host = '', port] = proxy.authority.split(':');
    const client = connect({ host, port: Number(port) });
    let heard = '';
    let ended = false;
    client.on('data', (bytes) => {
      heard += bytes;
    });
    client.on('close', () => {
      ended = true;
    });
    client.write('one');
    await until('the echo', () => heard === 'echo one');

    proxy.stall();
    client.write('two');
    const [upstream] = await new Promise<[number]>((resolve) => {
      server.getConnections((_error, count) => resolve([count]));
    });
    expect(upstream).toBe(1);
    expect(await holdsWithin(() => heard !== 'echo one' || ended, 150)).toBe(false);
    expect(proxy.endedByTarget).toBe(false);

    client.destroy();
    proxy.stop();
    server.close();
  });
});
