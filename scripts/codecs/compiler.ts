import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runQuietly } from '../setup/command.mjs';
import { cache } from '../setup/locations.mjs';
import { npm } from '../setup/node-packages.mjs';
import { compilerFolder } from './recipe.ts';

/** A folder: name → bytes, or another folder. */
export interface FileTree {
  [name: string]: FileTree | Uint8Array;
}

/** What of `@yowasp/clang` is used here. */
interface Clang {
  /** Without arguments it only loads itself. */
  runClang(
    args: string[] | null,
    files: FileTree,
    options: { stdout?: null; stderr?: (bytes: Uint8Array | null) => void; fetchProgress?: () => void },
  ): Promise<FileTree>;
}

const installed = path.join(cache, 'codecs', 'compiler');

/**
 * Compiles and links with clang, which is WebAssembly itself, so no compiler has to be on the machine.
 * @param args after `clang`
 * @param output the file that is wanted
 * @throws Error with what the compiler said
 */
export async function compile(args: readonly string[], files: FileTree, output: string): Promise<Uint8Array> {
  const { runClang } = await clang();
  let said = '';
  const stderr = (bytes: Uint8Array | null): void => {
    if (bytes !== null) said += Buffer.from(bytes).toString();
  };
  await runClang(null, {}, { fetchProgress: () => undefined });
  const command = ['clang', ...args, '-o', output];
  const written = await runClang(command, files, { stdout: null, stderr }).catch(() => {
    // The error itself carries every file, and says nothing.
    throw new Error(`clang failed:\n${said.trim()}`);
  });
  return written[output] as Uint8Array;
}

/** Installs the compiler that the lock file names, once. */
async function clang(): Promise<Clang> {
  const lock = readFileSync(path.join(compilerFolder, 'package-lock.json'));
  const stamp = path.join(installed, 'installed-lock.json');
  if (!existsSync(stamp) || !readFileSync(stamp).equals(lock)) {
    console.error(`Installing clang into ${installed} (100 MB) …`);
    mkdirSync(installed, { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) {
      copyFileSync(path.join(compilerFolder, name), path.join(installed, name));
    }
    const [program, args] = npm(['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']);
    await runQuietly(program, args, {
      cwd: installed,
      purpose: 'no compiler, as npm did not reach its registry or had no room for 100 MB',
    });
    writeFileSync(stamp, lock);
  }
  const entry = path.join(installed, 'node_modules', '@yowasp', 'clang', 'gen', 'bundle.js');
  return (await import(pathToFileURL(entry).href)) as Clang;
}
