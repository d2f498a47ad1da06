import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { ASSETS, ENTRIES, root } from './layout.ts';

/** Browsers from 2023 on, as for the page, and Node 20. */
const target = ['chrome110', 'firefox115', 'safari16.4', 'node20.11'];
/** Installed with the package: native parts may be added to `ws`, and only Node ever loads it. */
export const DEPENDENCIES: readonly string[] = ['ws'];

const NODE_QUESTION = /var (ENVIRONMENT_IS_NODE)=[^;]*;/g;

/**
 * libopus carries its WebAssembly as text and never reads a file, but asks for `node:module` in Node; bundlers for
 * browsers stumble over the name. It works alike where it believes to be nowhere in particular.
 */
const libopusAnywhere: Plugin = {
  name: 'libopus without Node',
  setup: ({ onLoad }) => {
    onLoad({ filter: /libopus\.generated\.mjs$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      if (text.match(NODE_QUESTION)?.length !== 1) {
        throw new Error('libopus-wasm looks different now: see where it asks for node:module.');
      }
      const contents = text.replace(NODE_QUESTION, '').replaceAll('ENVIRONMENT_IS_NODE', 'false');
      return { contents, loader: 'js' };
    });
  },
};

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['main'],
  conditions: ['import'],
  target,
  // WebAssembly as text of any characters: escaped, it would be half as large again.
  charset: 'utf8',
  // Names and lines stay readable; whoever ships a page minifies all of it. Branches that are never taken go.
  minifySyntax: true,
  legalComments: 'none',
  external: ['node:*', ...DEPENDENCIES],
  plugins: [libopusAnywhere],
  logLevel: 'silent',
  metafile: true,
  write: true,
};

/**
 * Writes the package's scripts: entries that share their parts, the codec in a part of its own that is loaded when it is
 * needed, and each asset in one file.
 * @param folder absolute; made when missing
 * @throws Error with esbuild's messages
 */
export const buildScripts = async (folder: string): Promise<Metafile[]> => {
  const inputs = (entries: typeof ENTRIES): Record<string, string> =>
    Object.fromEntries(entries.map(({ name, source }) => [name, path.join(root, source)]));
  const entries = await build({
    ...common,
    entryPoints: { ...inputs(ENTRIES), opus: 'libopus-wasm' },
    outdir: folder,
    splitting: true,
    chunkNames: 'part-[hash]',
  });
  const assets = await build({ ...common, entryPoints: inputs(ASSETS), outdir: folder });
  return [entries.metafile, assets.metafile] as Metafile[];
};
