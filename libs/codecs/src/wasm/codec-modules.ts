import { CodecError } from '../errors.ts';
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
/** Compiled once for all instances, by the name of the file. Modules are few, and none is ever dropped. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * Says where the modules of Speex, G.722 and G.729 come from. Without it they come, in Node, from the folder that
 * `npm run codecs` fills, and in a browser from nowhere.
 * @example
 * setCodecModules(codecModulesAt('https://static.example.com/codecs/'));
 */
export const setCodecModules = (modules: CodecModuleSource): void => {
  source = modules;
  compiled.clear();
};

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

/** @throws CodecError `engine_unavailable` saying how to get the module */
export const loadCodecModule = async (module: CodecModuleFile): Promise<WebAssembly.Module> => {
  const loading = compiled.get(module.file) ?? load(module);
  compiled.set(module.file, loading);
  try {
    return await loading;
  } catch (error) {
    // What is not there now may be there at the next try.
    if (compiled.get(module.file) === loading) compiled.delete(module.file);
    throw error;
  }
};

const load = async (module: CodecModuleFile): Promise<WebAssembly.Module> => {
  const { codec, file, sha256 } = module;
  const bytes = await source(module).catch((cause: unknown) => {
    throw new CodecError('engine_unavailable', `the WebAssembly module of ${codec} did not load`, { cause });
  });
  if (bytes === undefined) {
    throw new CodecError(
      'engine_unavailable',
      `${codec} needs the WebAssembly module ${file}, which is not there; \`npm run codecs\` builds it, and setCodecModules says where it is`,
    );
  }
  if (!(await hasHash(bytes, sha256))) {
    throw new CodecError(
      'engine_unavailable',
      `${file} is not the module that this version was made for; \`npm run codecs\` builds it anew`,
    );
  }
  return WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
};

/** Web Crypto is missing on pages that are not a secure context; there the name has to do. */
const hasHash = async (bytes: ArrayBuffer | Uint8Array, sha256: string): Promise<boolean> => {
  if (globalThis.crypto?.subtle === undefined) return true;
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === sha256;
};
