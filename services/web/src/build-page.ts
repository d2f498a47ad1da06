import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** One file of the page, ready to be sent. */
export interface PageFile {
  body: Buffer;
  /** Its media type. */
  type: string;
  /** Strong validator, quotes included: a hash of the body. */
  etag: string;
}

/** The page by URL path; `/` is the document itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const folder = fileURLToPath(new URL('../page/', import.meta.url));

const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Browsers from 2023 on: those with everything that a call needs. */
const target = ['chrome110', 'firefox115', 'safari16.4'];

let built: Promise<PageFiles> | undefined;

/**
 * Bundles script, worklet and styles and reads the rest. Done once a process; nothing is written to disk.
 * @throws Error with esbuild's messages when the sources do not bundle
 */
export function buildPage(): Promise<PageFiles> {
  built ??= bundle().catch((error: unknown) => {
    // Not remembered: the next call may find the sources repaired.
    built = undefined;
    throw error;
  });
  return built;
}

async function bundle(): Promise<PageFiles> {
  const [scripts, styles, worklet, document, favicon] = await Promise.all([
    // In parts, so that a browser with an Opus of its own never fetches the one in WebAssembly.
    bundleEntry({ page: `${folder}main.ts` }, { splitting: true, chunkNames: 'part-[hash]' }),
    bundleEntry({ page: `${folder}style/page.css` }),
    // A worklet has no imports at run time: it has to be one file.
    bundleEntry({ worklet: '@partyline/client/browser/worklet' }),
    readFile(`${folder}index.html`),
    readFile(`${folder}favicon.svg`),
  ]);
  return new Map([
    ['/', pageFile(document, types.html)],
    ...[...scripts, ...worklet].map(([path, body]) => [path, pageFile(body, types.js)] as const),
    ...[...styles].map(([path, body]) => [path, pageFile(body, types.css)] as const),
    ['/favicon.svg', pageFile(favicon, types.svg)],
  ]);
}

/** @returns the bundled files by URL path */
async function bundleEntry(
  entryPoints: Record<string, string>,
  options: BuildOptions = {},
): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints,
    absWorkingDir: folder,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target,
    // libopus asks for it in Node only.
    external: ['node:module'],
    minify: true,
    // The WebAssembly inside libopus is text of any characters: escaped, it would be half as large again.
    charset: 'utf8',
    legalComments: 'eof',
    logLevel: 'silent',
    ...options,
    write: false,
    outdir: folder,
  });
  return new Map(outputFiles.map(({ path, contents }) => [`/${path.slice(folder.length)}`, contents]));
}

function pageFile(contents: Uint8Array, type: string): PageFile {
  const body = Buffer.from(contents);
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 24);
  return { body, type, etag: `"${hash}"` };
}
