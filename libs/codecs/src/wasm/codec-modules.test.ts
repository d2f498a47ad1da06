import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { codecModulesAt, createDecoder, createEncoder, setCodecModules } from '../index.ts';
import { CodecInstance } from './codec-instance.ts';
import { defaultModules } from './default-modules.ts';
import { loadCodecModule } from './load-codec-module.ts';
import modules from './modules.json' with { type: 'json' };

const speex = { codec: 'Speex', ...modules.speex };

afterEach(() => setCodecModules(defaultModules));

describe('the modules of codecs', () => {
  it('are asked for once, however many are made of one', async () => {
    const asked: string[] = [];
    setCodecModules((module) => {
      asked.push(module.file);
      return defaultModules(module);
    });
    await Promise.all([
      createEncoder('speex', {}, () => undefined),
      createDecoder('speex', {}, () => undefined),
      createDecoder('g722', {}, () => undefined),
    ]);
    expect(asked.sort()).toEqual([modules.g722.file, modules.speex.file]);
  });

  it('say what builds them when they are not there, and are found once they are', async () => {
    setCodecModules(async () => undefined);
    await expect(createEncoder('speex', {}, () => undefined)).rejects.toMatchObject({
      code: 'engine_unavailable',
      message: expect.stringMatching(
        /^Speex needs the WebAssembly module speex-.*\.wasm, .*`npm run codecs` builds it/,
      ),
    });
    setCodecModules(defaultModules);
    await expect(createEncoder('speex', {}, () => undefined)).resolves.toMatchObject({ engine: 'wasm' });
  });

  it('are refused when they are others than this version was made for', async () => {
    setCodecModules(async () => Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    await expect(createDecoder('g722', {}, () => undefined)).rejects.toMatchObject({
      code: 'engine_unavailable',
      message: expect.stringContaining('is not the module that this version was made for'),
    });
  });

  it('come from a URL, or say why not', async () => {
    const server = createServer((request, response) => {
      const name = request.url!.replace('/codecs/', '');
      if (name === modules.g722.file) response.writeHead(503).end();
      else
        defaultModules({ ...speex, file: name }).then((bytes) =>
          bytes === undefined ? response.writeHead(404).end() : response.end(bytes),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/codecs/`;
    try {
      setCodecModules(codecModulesAt(url));
      await expect(createDecoder('speex', {}, () => undefined)).resolves.toMatchObject({ engine: 'wasm' });
      await expect(createDecoder('g722', {}, () => undefined)).rejects.toMatchObject({
        code: 'engine_unavailable',
        cause: expect.objectContaining({ message: expect.stringContaining('answered 503') }),
      });
      await expect(loadCodecModule({ ...speex, file: 'none.wasm' })).rejects.toMatchObject({
        message: expect.stringContaining('`npm run codecs` builds it'),
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('import nothing, and have a memory that cannot grow', async () => {
    for (const name of ['speex', 'g722'] as const) {
      const module = await loadCodecModule({ codec: name, ...modules[name] });
      expect(WebAssembly.Module.imports(module)).toEqual([]);
      const { memory } = new WebAssembly.Instance(module).exports as { memory: WebAssembly.Memory };
      expect(() => memory.grow(1)).toThrow(RangeError);
    }
  });
});

describe('an instance', () => {
  it('that stops is begun anew, and goes on', async () => {
    const module = await loadCodecModule(speex);
    const instance = new CodecInstance(module, { as: 'decoder', options: [1] });
    // More frames than there is room for: the only way to make it stop, which a decoder never does.
    const loss = (lost: number) => ({ from: 0, lost, behind: undefined });
    const tooMuch = 320 * 100_000;
    expect(() => instance.conceal(tooMuch, loss(tooMuch))).toThrow(
      expect.objectContaining({ code: 'engine_failed' }),
    );
    expect(instance.conceal(320, loss(320))).toHaveLength(320);
  });
});
