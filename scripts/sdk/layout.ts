import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const clientFolder = path.join(root, 'libs', 'client');

/** An entry of the package: what is imported, and the source behind it. */
export interface SdkEntry {
  /** As in `exports`: `.` or `./name`. */
  readonly path: string;
  /** Name of its file in the package, without an ending. */
  readonly name: string;
  /** Relative to the root. */
  readonly source: string;
}

export const ENTRIES: readonly SdkEntry[] = [
  { path: '.', name: 'index', source: 'libs/client/src/index.ts' },
  { path: './browser', name: 'browser', source: 'libs/client/src/browser/index.ts' },
  { path: './node', name: 'node', source: 'libs/client/src/node/index.ts' },
  { path: './server', name: 'server', source: 'libs/client/src/server/index.ts' },
];

/** Scripts that a browser loads by their URL: each is one file without imports, and lies beside the entries. */
export const ASSETS: readonly SdkEntry[] = [
  { path: './worklet.js', name: 'worklet', source: 'libs/client/src/browser/worklet.ts' },
];
