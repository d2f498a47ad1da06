import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A package of this repository. */
export interface WorkspacePackage {
  name: string;
  /** Relative to the root, such as `libs/protocol`. */
  directory: string;
  /** Files that others may import, relative to the root: what `exports` names. */
  entries: readonly string[];
}

/** The packages that the root's `workspaces` name. */
export function workspacePackages(root: string): WorkspacePackage[] {
  const manifest = readManifest(root);
  return (manifest.workspaces ?? []).flatMap((pattern) =>
    directoriesOf(root, pattern).map((directory) => {
      const { name, exports = {} } = readManifest(path.join(root, directory));
      const entries = Object.values(exports).map((entry) => path.posix.join(directory, entry));
      return { name, directory, entries };
    }),
  );
}

interface Manifest {
  name: string;
  workspaces?: string[];
  exports?: Record<string, string>;
}

function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')) as Manifest;
}

function directoriesOf(root: string, pattern: string): string[] {
  if (!pattern.endsWith('/*')) return [pattern];
  const parent = pattern.slice(0, -2);
  if (!existsSync(path.join(root, parent))) return [];
  return readdirSync(path.join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((directory) => existsSync(path.join(root, directory, 'package.json')));
}
