import { readFile } from 'node:fs/promises';
import { builtCodecModules, CODEC_MODULES, type CodecModuleSource } from '@partyline/codecs';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { missingCodecs, registerCodecModules } from './codec-routes.ts';

const serve = (modules?: CodecModuleSource) => {
  const app = fastify();
  registerCodecModules(app, modules);
  return app;
};
const urlOf = ({ file }: { file: string }): string => `/codecs/${file}`;

describe('registerCodecModules', () => {
  it('serves what `npm run codecs` built, to be kept for good', async () => {
    for (const module of Object.values(CODEC_MODULES)) {
      const reply = await serve().inject(urlOf(module));
      expect(reply.statusCode).toBe(200);
      expect(reply.headers['content-type']).toBe('application/wasm');
      expect(reply.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
      expect(reply.rawPayload.equals(new Uint8Array((await builtCodecModules(module))!))).toBe(true);
      await expect(WebAssembly.compile(new Uint8Array(reply.rawPayload))).resolves.toBeDefined();
    }
  });

  it('answers HEAD, so that a page can ask what there is without fetching it', async () => {
    const reply = await serve().inject({ method: 'HEAD', url: urlOf(CODEC_MODULES.speex) });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toBe('');
  });

  it('has 404 for what was not built, and has it once it is', async () => {
    let built = false;
    const app = serve(async (module) => (built ? builtCodecModules(module) : undefined));
    const missing = await app.inject(urlOf(CODEC_MODULES.g722));
    expect(missing.statusCode).toBe(404);
    expect(missing.headers['cache-control']).toBe('no-store');
    built = true;
    expect((await app.inject(urlOf(CODEC_MODULES.g722))).statusCode).toBe(200);
  });

  it('says which are missing, for whoever starts the service', async () => {
    expect(await missingCodecs()).toEqual([]);
    expect(await missingCodecs(async () => undefined)).toEqual(['Speex', 'G.722']);
    const unreadable = async () => Promise.reject(new Error('no permission'));
    expect(await missingCodecs(unreadable)).toEqual(['Speex', 'G.722']);
  });

  it('never gives what is something else under a name that it knows', async () => {
    const own = await readFile(new URL(import.meta.url));
    expect((await serve(async () => own).inject(urlOf(CODEC_MODULES.speex))).statusCode).toBe(404);
  });

  it('gives nothing else of the folder', async () => {
    const app = serve();
    const g729 = 'g729-1.1.1-85144a230f3a7153.wasm';
    for (const file of ['', g729, '../setup.log', '..%2Fsetup.log', 'compiler/package.json']) {
      expect((await app.inject(`/codecs/${file}`)).statusCode, file).toBe(404);
    }
  });
});
