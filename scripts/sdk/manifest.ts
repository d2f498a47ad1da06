import { readFileSync } from 'node:fs';
import path from 'node:path';
import { declarationOf } from './declarations.ts';
import { ASSETS, clientFolder, ENTRIES, root } from './layout.ts';
import { DEPENDENCIES } from './scripts.ts';

interface Manifest {
  name: string;
  version: string;
  license: string;
  engines?: Record<string, string>;
  dependencies: Record<string, string>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;

/** The package.json that is published; the one in libs/client is for development, where nothing is built. */
export const publishedManifest = (): Record<string, unknown> => {
  const { name, version, license, dependencies } = readManifest(clientFolder);
  const exports = Object.fromEntries([
    ...ENTRIES.map((entry) => [
      entry.path,
      { types: `./${declarationOf(entry.source)}`, default: `./dist/${entry.name}.js` },
    ]),
    ...ASSETS.map((asset) => [asset.path, `./dist/${asset.name}.js`]),
    ['./package.json', './package.json'],
  ]) as Record<string, unknown>;
  return {
    name,
    version,
    description: 'Real-time group voice over WebSockets: the Partyline SDK for browsers, Node and backends.',
    keywords: ['voice', 'audio', 'websocket', 'opus', 'real-time', 'conference', 'bot'],
    license,
    type: 'module',
    engines: readManifest(root).engines,
    exports,
    // Only the assets do something when they are loaded, so bundlers may leave out whatever is not used.
    sideEffects: ASSETS.map((asset) => `./dist/${asset.name}.js`),
    files: ['dist', 'types', 'THIRD-PARTY-NOTICES.txt', 'CHANGELOG.md'],
    dependencies: Object.fromEntries(
      DEPENDENCIES.map((dependency) => [dependency, `^${dependencies[dependency]}`]),
    ),
  };
};
