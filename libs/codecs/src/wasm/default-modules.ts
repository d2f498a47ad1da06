import type { CodecModuleSource } from './module-source.ts';

/** Node's own modules are named by variables, so that no bundler for browsers looks for them. */
const FILES = 'node:fs/promises';
const SYSTEM = 'node:os';

/**
 * In Node the folder that `npm run codecs` fills: `codecs` in $PARTYLINE_CACHE or in ~/.cache/partyline. It reads the
 * environment itself, so that a test or a program of somebody else finds what was built without knowing where; nothing
 * else hangs on it. Elsewhere there is nothing.
 */
export const defaultModules: CodecModuleSource = async ({ file }) => {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return undefined;
  const { readFile } = (await import(/* @vite-ignore */ FILES)) as typeof import('node:fs/promises');
  const { homedir } = (await import(/* @vite-ignore */ SYSTEM)) as typeof import('node:os');
  const cache = process.env.PARTYLINE_CACHE || `${homedir()}/.cache/partyline`;
  return readFile(`${cache}/codecs/${file}`).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
};
