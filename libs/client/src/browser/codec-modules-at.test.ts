import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { builtCodecModules, CODEC_MODULES, createDecoder, setCodecModules } from '@partyline/codecs';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_CODECS } from '../voice-formats.ts';
import { useCodecModules } from './codec-modules-at.ts';

const servers: Server[] = [];
afterEach(() => {
  setCodecModules(builtCodecModules);
  for (const server of servers.splice(0)) server.close();
});

/** A server with some of the modules. @returns its folder's URL, and what was asked of it so far */
const serve = async (codecs: readonly (keyof typeof CODEC_MODULES)[]) => {
  const asked: string[] = [];
  const files = new Map(
    codecs.map((codec) => [`/codecs/${CODEC_MODULES[codec].file}`, CODEC_MODULES[codec]]),
  );
  const server = createServer(async ({ method, url = '' }, reply) => {
    asked.push(`${method} ${url.replace(/-.*/, '')}`);
    const module = files.get(url);
    reply.statusCode = module === undefined ? 404 : 200;
    reply.end(module && method === 'GET' ? await builtCodecModules(module) : undefined);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/codecs/`, asked };
};

describe('useCodecModules', () => {
  it('knows what is there by asking, and fetches it only once it is used', async () => {
    const { url, asked } = await serve(['speex', 'g722']);
    const codecs = await useCodecModules(url);
    expect([...codecs].sort()).toEqual(
      [...DEFAULT_CODECS, 'g722/16000', 'speex/8000', 'speex/16000', 'speex/32000'].sort(),
    );
    expect(await useCodecModules(url)).toBe(codecs);
    expect([...asked].sort()).toEqual(['HEAD /codecs/g722', 'HEAD /codecs/speex']);
    (await createDecoder('speex', {}, () => {})).close();
    expect(asked.slice(2)).toEqual(['GET /codecs/speex']);
  });

  it('leaves out what is not there', async () => {
    const { url } = await serve(['g722']);
    expect([...(await useCodecModules(url))].sort()).toEqual([...DEFAULT_CODECS, 'g722/16000'].sort());
  });

  it('does without where nobody answers, and asks again the next time', async () => {
    const { url, asked } = await serve(['speex']);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server!.close(resolve));
    expect([...(await useCodecModules(url))].sort()).toEqual([...DEFAULT_CODECS].sort());
    servers.push(server!);
    await new Promise<void>((resolve) => server!.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    expect(await useCodecModules(url)).toContain('speex/16000');
    expect(asked).toContain('HEAD /codecs/speex');
  });

  it.each(['https://voice.example/codecs', 'codecs/'])('says what is wrong with %s', (url) => {
    expect(() => useCodecModules(url)).toThrow('give the URL of a folder, with a slash at its end');
  });
});
