import { defaultModules } from './default-modules.ts';

/** A codec's WebAssembly module, as this version of the code needs it. */
export interface CodecModuleFile {
  readonly codec: string;
  /** Name of the file; a file of one name never changes. */
  readonly file: string;
  /** Of its bytes, hexadecimal. */
  readonly sha256: string;
}

/**
 * Gives the bytes of a module, or nothing where it has none.
 * Whatever it throws becomes the cause of a `CodecError` `engine_unavailable`.
 */
export type CodecModuleSource = (module: CodecModuleFile) => Promise<ArrayBuffer | Uint8Array | undefined>;

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
