import { createHash } from 'node:crypto';
import {
  builtCodecModules,
  CODEC_MODULES,
  type CodecModuleFile,
  type CodecModuleSource,
} from '@partyline/codecs';
import type { FastifyInstance } from 'fastify';

/** Where the modules are, with a slash at its end: the page asks there. */
const CODECS_PATH = '/codecs/';

const headers = {
  // A file of one name never changes.
  'cache-control': 'public, max-age=31536000, immutable',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Adds a GET (and HEAD) route for each WebAssembly module of Speex and G.722. Nothing else of where they lie can be
 * had, and what lies there under a module's name and is not it counts as absent. Looked for anew at each request, as
 * `npm run codecs` may build them while the service runs; browsers keep them for good.
 * @param modules the folder that `npm run codecs` fills unless given
 */
export function registerCodecModules(
  app: FastifyInstance,
  modules: CodecModuleSource = builtCodecModules,
): void {
  for (const module of Object.values(CODEC_MODULES)) {
    app.get(CODECS_PATH + module.file, { schema: { hide: true } as object }, async (_request, reply) => {
      const bytes = await right(modules, module);
      if (bytes === undefined) {
        reply.header('cache-control', 'no-store');
        return reply.callNotFound();
      }
      return reply
        .headers(headers)
        .type('application/wasm')
        .send(Buffer.from(new Uint8Array(bytes)));
    });
  }
}

/** Names of the codecs whose modules are not there. */
export const missingCodecs = async (modules: CodecModuleSource = builtCodecModules): Promise<string[]> => {
  const all = Object.values(CODEC_MODULES);
  const there = await Promise.all(all.map((module) => right(modules, module).catch(() => undefined)));
  return all.filter((_, index) => there[index] === undefined).map(({ codec }) => codec);
};

/** The bytes of a module, if they are the right ones. */
const right = async (
  modules: CodecModuleSource,
  module: CodecModuleFile,
): Promise<ArrayBuffer | Uint8Array | undefined> => {
  const bytes = await modules(module);
  return bytes !== undefined && hasHash(bytes, module.sha256) ? bytes : undefined;
};

const hasHash = (bytes: ArrayBuffer | Uint8Array, sha256: string): boolean =>
  createHash('sha256').update(new Uint8Array(bytes)).digest('hex') === sha256;
