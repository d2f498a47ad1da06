import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, RedisServer } from '@partyline/redis/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Subscribes, publishes and says what was reached and heard: in a process of its own, which trusts the certificate. */
const SCRIPT = `
  import { RedisBus } from '@partyline/bus';
  import { parseRedisUrl } from '@partyline/redis';
  const { target } = parseRedisUrl(process.argv[1]);
  const bus = new RedisBus({ target, name: 'tls' });
  await bus.start().catch(() => {});
  const heard = [];
  const all = new Promise((resolve) => {
    if (bus.stats.up) bus.subscribe('c', (bytes) => heard.push(bytes.length) === 2 && resolve());
    setTimeout(resolve, 3_000).unref();
  });
  await bus.subscribe('c', () => {});
  const outcomes = [];
  for (const size of [10, 200_000]) {
    outcomes.push(await bus.publish('c', new Uint8Array(size)).catch((error) => error.code));
  }
  if (bus.stats.up) await all;
  console.log(JSON.stringify({ outcomes, heard, problem: bus.problem }));
  await bus.stop();
  process.exit(0);
`;

describe('RedisBus over TLS', () => {
  let folder: string;
  let server: RedisServer;
  let port: number;
  const report = async (url: string, env: Record<string, string>): Promise<unknown> => {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, '--', url],
      { cwd: import.meta.dirname, env: { ...process.env, ...env } },
    );
    return JSON.parse(stdout);
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'partyline-tls-'));
    const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${certificate}`;
    // Good for the name and not for the address, to which the connection that publishes is made.
    await run('openssl', [...words.split(' '), '-addext', 'subjectAltName=DNS:localhost']);
    port = await freePort('127.0.0.1');
    server = await RedisServer.start({
      password: 'secret',
      settings: {
        'tls-port': port,
        'tls-cert-file': certificate,
        'tls-key-file': key,
        'tls-auth-clients': 'no',
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('publishes and hears, the certificate judged by the name in the URL', async () => {
    const env = { NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem') };
    expect(await report(`rediss://:secret@localhost:${port}`, env)).toEqual({
      outcomes: [1, 1],
      heard: [10, 200_000],
    });
  });

  it('refuses a certificate that it does not trust', async () => {
    expect(await report(`rediss://:secret@localhost:${port}`, {})).toEqual({
      outcomes: ['unavailable', 'unavailable'],
      heard: [],
      problem: expect.stringMatching(/has a certificate that is not trusted/),
    });
  });
}, 20_000);
