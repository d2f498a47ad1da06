import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { emitDeclarations } from './declarations.ts';
import { clientFolder, root } from './layout.ts';
import { publishedManifest } from './manifest.ts';
import { thirdPartyNotices } from './notices.ts';
import { buildScripts } from './scripts.ts';

/** The package as a folder and as a tarball. */
export interface PackedSdk {
  /** What is in the tarball, ready to look into. */
  folder: string;
  tarball: string;
  files: readonly { path: string; bytes: number }[];
  /** Of the tarball. */
  packedBytes: number;
}

/** Git ignores it. */
const output = path.join(clientFolder, 'dist');

/**
 * Builds the SDK and packs it as `npm publish` would.
 * @throws Error of compiler, bundler or npm
 */
export const packSdk = async (): Promise<PackedSdk> => {
  const folder = path.join(output, 'package');
  await rm(output, { recursive: true, force: true });
  await mkdir(path.join(folder, 'dist'), { recursive: true });
  for (const [place, text] of emitDeclarations()) {
    await mkdir(path.dirname(path.join(folder, place)), { recursive: true });
    await writeFile(path.join(folder, place), text);
  }
  const bundles = await buildScripts(path.join(folder, 'dist'));
  await writeFile(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(bundles));
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  await cp(path.join(clientFolder, 'README.md'), path.join(folder, 'README.md'));
  for (const file of ['LICENSE', 'CHANGELOG.md']) await cp(path.join(root, file), path.join(folder, file));
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', output],
    { cwd: folder },
  );
  const [packed] = JSON.parse(stdout) as [
    { filename: string; size: number; files: { path: string; size: number }[] },
  ];
  const files = packed.files.map(({ path: file, size }) => ({ path: file, bytes: size }));
  return { folder, tarball: path.join(output, packed.filename), files, packedBytes: packed.size };
};
