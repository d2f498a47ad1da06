import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ThrottlingProxy } from './throttling-proxy.ts';
import { until } from './wait.ts';

describe('a throttling proxy', () => {
  it('lets so many bits a second pass upwards, and all at once afterwards', async () => {
    let bytes = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        bytes += data.length;
        socket.write('word');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = await ThrottlingProxy.start({ host: '127.0.0.1', port });
    const client = connect(Number(proxy.authority.split(':')[1]), '127.0.0.1');
    client.on('error', () => undefined);
    await once(client, 'connect');
    proxy.bitsPerSecond = 80_000;
    client.write(Buffer.alloc(100_000));
    const beganMs = performance.now();
    await until('3,000 bytes', () => bytes >= 3_000);
    const tookMs = performance.now() - beganMs;
    expect(tookMs).toBeGreaterThan(250);
    expect(bytes).toBeLessThan(3_000 + 10 * (tookMs - 250));
    expect(proxy.waitingBytes).toBeGreaterThan(50_000);
    proxy.bitsPerSecond = undefined;
    await until('the rest', () => bytes === 100_000);
    client.destroy();
    proxy.stop();
    server.close();
  });
});
