import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';
import type { PackedSdk } from './pack.ts';

/** What a browser fetches of the SDK, as it comes out of a page's own bundler. */
export interface BrowserSize {
  what: string;
  bytes: number;
  gzipBytes: number;
}

/** A page that calls everything that the browser entry exports: nothing can be left out. */
const PAGE = `import * as partyline from 'sdk'; globalThis.partyline = partyline;`;

/**
 * Bundles a page, minified, and measures what it loads at once and what it loads when it is needed.
 * @throws Error when the codec is not in a part of its own
 */
export const browserSizes = async ({ folder }: PackedSdk): Promise<BrowserSize[]> => {
  const outdir = path.join(folder, 'never-written');
  const { outputFiles, metafile } = await build({
    stdin: { contents: PAGE, resolveDir: folder },
    alias: { sdk: path.join(folder, 'dist', 'browser.js') },
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    charset: 'utf8',
    format: 'esm',
    platform: 'browser',
    // A page has it installed with the SDK; its browser build is a stub of a few bytes.
    external: ['ws'],
    outdir,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const outputs = Object.entries(metafile!.outputs);
  const isOpus = ([, { inputs }]: (typeof outputs)[number]): boolean => Object.hasOwn(inputs, 'dist/opus.js');
  const atOnce = new Set<string>();
  const follow = (name: string): void => {
    if (atOnce.has(name)) return;
    atOnce.add(name);
    for (const { path: next, kind, external } of metafile!.outputs[name]!.imports) {
      if (kind === 'import-statement' && external !== true) follow(next);
    }
  };
  follow(outputs.find(([, { entryPoint }]) => entryPoint === '<stdin>')![0]);
  const codec = outputs.filter(isOpus).map(([name]) => name);
  if (codec.length !== 1 || atOnce.has(codec[0]!)) {
    throw new Error('The codec is not in a part of its own, so every page would load it.');
  }
  const contentOf = (names: Iterable<string>): Uint8Array =>
    Buffer.concat(
      [...names].map((name) => outputFiles.find((file) => file.path === path.join(folder, name))!.contents),
    );
  const asset = await build({
    entryPoints: [path.join(folder, 'dist', 'worklet.js')],
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  return Promise.all([
    sizeOf('script of a page, at once', contentOf(atOnce)),
    sizeOf('worklet, when a call starts', asset.outputFiles[0]!.contents),
    sizeOf('Opus in WebAssembly, where it is needed', contentOf(codec)),
  ]);
};

const sizeOf = async (what: string, content: Uint8Array): Promise<BrowserSize> => ({
  what,
  bytes: content.length,
  gzipBytes: (await promisify(gzip)(content, { level: 9 })).length,
});
