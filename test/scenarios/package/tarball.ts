import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Expectations } from '@partyline/harness';
import { Program, ROOT } from '../../support/program.ts';

/** Most that may be downloaded to install it, bytes. */
const MAX_PACKED_BYTES = 450_000;
/** Most that a page loads at once, minified, in kB, as `npm run sdk` measures it. */
const MAX_PAGE_KB = 120;
const BUILT_IN_MS = 90_000;

/** What may lie in the package. */
const EXPECTED =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-NOTICES\.txt|dist\/[\w.-]+\.(js|wasm)|types\/.+\.d\.ts)$/;
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'THIRD-PARTY-NOTICES.txt',
  'dist/index.js',
  'dist/browser.js',
  'dist/node.js',
  'dist/server.js',
  'dist/worklet.js',
  'dist/opus.js',
];
/** Names of packages that nobody else has. */
const OWN_PACKAGE = /['"]@partyline\/(?!client)/;

export interface Tarball {
  path: string;
  pageKb: number;
  packedBytes: number;
}

/** Builds the package as `npm run sdk` does, publint included. */
export const buildTarball = async (checks: Expectations): Promise<Tarball> => {
  const program = new Program(process.execPath, ['--import', 'tsx', 'scripts/sdk.ts']);
  const code = await program.ends(BUILT_IN_MS);
  if (code !== 0) throw new Error(`npm run sdk ends with ${code}: ${program.output}`);
  const path = join(ROOT, program.stdout.at(-1) ?? '');
  const pageKb = Number(/at once: ([\d.]+) kB/.exec(program.output)?.[1]);
  const packedBytes = readFileSync(path).length;
  checks.expect(
    packedBytes <= MAX_PACKED_BYTES,
    `the tarball has ${packedBytes} bytes, over ${MAX_PACKED_BYTES}`,
  );
  checks.expect(pageKb <= MAX_PAGE_KB, `a page loads ${pageKb} kB of script, over ${MAX_PAGE_KB}`);
  return { path, pageKb, packedBytes };
};

/** Looks at every file of the tarball: what is there, and what it says. */
export const inspectTarball = (tarball: Tarball, checks: Expectations): void => {
  const list = execFileSync('tar', ['tzf', tarball.path], { encoding: 'utf8' }).trim().split('\n');
  const files = list.map((file) => file.replace(/^package\//, ''));
  const strange = files.filter((file) => !EXPECTED.test(file) || /\.test\.|fixture|fake/.test(file));
  checks.expect(strange.length === 0, `the tarball holds what it should not: ${strange.join(', ')}`);
  const missing = NEEDED.filter((file) => !files.includes(file));
  checks.expect(missing.length === 0, `the tarball lacks ${missing.join(', ')}`);
  for (const file of files.filter((name) => !name.endsWith('.wasm'))) {
    const text = execFileSync('tar', ['xzOf', tarball.path, `package/${file}`], { encoding: 'utf8' });
    const place = [ROOT, homedir()].find((folder) => folder.length > 2 && text.includes(folder));
    checks.expect(place === undefined, `${file} names a folder of this machine`);
    if (file.startsWith('types/') || file.startsWith('dist/')) {
      checks.expect(!OWN_PACKAGE.test(text), `${file} imports a package that is not published`);
    }
  }
};
