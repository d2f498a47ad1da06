import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from './port.ts';

const HOST = '127.0.0.1';

describe('freePort', () => {
  it('gives no port twice, however many are asked for at once', async () => {
    const ports = await Promise.all(Array.from({ length: 300 }, () => freePort(HOST)));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('passes over a port that is taken', async () => {
    const following = (await freePort(HOST)) + 1;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(following, HOST, resolve));
    expect(await freePort(HOST)).toBe(following + 1);
    await new Promise((resolve) => server.close(resolve));
  });

  it('says so when there is none to be had', async () => {
    await expect(freePort('192.0.2.1')).rejects.toThrow('No free port was found on 192.0.2.1');
  });
});
