import { defaultModules } from './default-modules.ts';
import type { CodecModuleSource } from './module-source.ts';

let source: CodecModuleSource = defaultModules;

/**
 * Says where the modules of Speex, G.722 and G.729 come from. Without it they come, in Node, from the folder that
 * `npm run codecs` fills, and in a browser from nowhere.
 * @example
 * setCodecModules(codecModulesAt('https://static.example.com/codecs/'));
 */
export const setCodecModules = (modules: CodecModuleSource): void => {
  source = modules;
};

/** Where modules come from now. */
export const codecModuleSource = (): CodecModuleSource => source;

/**
 * Modules below a URL, fetched when first needed.
 * @param baseUrl ends in `/`; the files have the names that `npm run codecs` gave them, so they can be cached for ever
 */
export const codecModulesAt =
  (baseUrl: string | URL): CodecModuleSource =>
  async ({ file }) => {
    const response = await fetch(new URL(file, baseUrl));
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
    return response.arrayBuffer();
  };
