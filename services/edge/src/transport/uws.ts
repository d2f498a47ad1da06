import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** The part of uWebSockets.js that is used here; all packages of it have the same. */
export type UwsModule = Pick<typeof import('uws-pack'), 'App' | 'SSLApp' | 'us_listen_socket_close'> & {
  DISABLED: number;
};
export type UwsApp = ReturnType<UwsModule['App']>;

export interface WebSocketEngine {
  uws: UwsModule;
  package: string;
  version: string;
}

/** Why no engine could be loaded, in one sentence that says what to do. */
export class EngineError extends Error {
  override name = 'EngineError';
}

const require = createRequire(import.meta.url);

/**
 * In order of preference. The official package is not on the npm registry, so it is there only if somebody
 * installed it; the second is the newest but needs glibc 2.38; the third loads nearly everywhere on Node 20 and 22.
 * The first two are loaded by `require`, as a native addon that fails inside `import()` ends the process.
 */
const candidates: { name: string; load: () => unknown }[] = [
  { name: 'uWebSockets.js', load: () => require('uWebSockets.js') },
  { name: 'uwebsockets-new-glibc', load: () => require('uwebsockets-new-glibc') },
  { name: 'uws-pack', load: () => import('uws-pack') },
];

/**
 * Loads the first WebSocket engine that is native here; a JavaScript fallback is refused, as it would be many
 * times slower and nobody would notice until the first full room.
 * @throws EngineError when there is none
 */
export const loadEngine = async (list = candidates): Promise<WebSocketEngine> => {
  for (const { name, load } of list) {
    try {
      const uws = (await load()) as UwsModule;
      if (!/native code/.test(uws.App.toString())) continue;
      return { uws, package: name, version: await versionOf(name) };
    } catch {
      // Not installed, or not built for this system: the next one may be.
    }
  }
  throw new EngineError(
    `No native build of uWebSockets.js runs on Node ${process.versions.node} (${process.platform} ` +
      `${process.arch}) with this C library: use Node 20 or 22, or a system with glibc 2.38 or newer ` +
      `(Debian 13, Ubuntu 24.04).`,
  );
};

/** The version in the package's own package.json, which its exports may hide from `require`. */
const versionOf = async (name: string): Promise<string> => {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(await readFile(`${folder}/${name}/package.json`, 'utf8')).version;
    } catch {
      // Not in this folder.
    }
  }
  return 'unknown';
};
