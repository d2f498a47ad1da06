import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../status-page/', import.meta.url));

/** Browsers from 2023 on, as of the page. */
const target = ['chrome110', 'firefox115', 'safari16.4'];

/** The status page's files. */
export interface StatusPage {
  document: Uint8Array;
  script: Uint8Array;
  style: Uint8Array;
  icon: Uint8Array;
}

let built: Promise<StatusPage> | undefined;

/**
 * Bundles the page when somebody first looks at it, and remembers it; nothing is written to disk.
 * @throws Error with esbuild's messages when the sources do not bundle
 */
export const buildStatusPage = (): Promise<StatusPage> => {
  built ??= bundle().catch((error: unknown) => {
    built = undefined;
    throw error;
  });
  return built;
};

const bundle = async (): Promise<StatusPage> => {
  // Not loaded with the directory: most are never looked at this way.
  const { build } = await import('esbuild');
  const [{ outputFiles }, document, icon] = await Promise.all([
    build({
      entryPoints: { page: `${folder}main.ts`, style: `${folder}style/style.css` },
      absWorkingDir: folder,
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target,
      minify: true,
      legalComments: 'none',
      logLevel: 'silent',
      write: false,
      outdir: folder,
    }),
    readFile(`${folder}index.html`),
    readFile(`${folder}favicon.svg`),
  ]);
  const output = (extension: string): Uint8Array =>
    outputFiles.find(({ path }) => path.endsWith(extension))!.contents;
  return { document, script: output('.js'), style: output('.css'), icon };
};
