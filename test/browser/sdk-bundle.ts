import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

let bundled: Promise<string> | undefined;

const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('sdk-entry.ts', import.meta.url))],
    bundle: true,
    // No module, so that a debugger can evaluate it as well; the worklet's address is always given.
    format: 'iife',
    define: { 'import.meta.url': 'undefined' },
    platform: 'browser',
    external: ['node:module', 'ws'],
    logLevel: 'silent',
    write: false,
  });
  return outputFiles[0]!.text;
};

/** A script that puts the SDK at `window.partylineSdk`. */
export const bundleSdk = (): Promise<string> => {
  bundled ??= bundle();
  return bundled;
};
