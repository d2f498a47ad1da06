// Apart from codec-modules.ts, whose types are part of the SDK: not everybody's TypeScript knows WebAssembly.
import { CodecError } from '../errors.ts';
import { codecModuleSource } from './codec-modules.ts';
import type { CodecModuleFile, CodecModuleSource } from './module-source.ts';

/** Compiled once for all instances, by the name of the file. Modules are few, and none is ever dropped. */
const compiled = new Map<string, Promise<WebAssembly.Module>>();
let compiledFrom: CodecModuleSource | undefined;

/** @throws CodecError `engine_unavailable` saying how to get the module */
export const loadCodecModule = async (module: CodecModuleFile): Promise<WebAssembly.Module> => {
  const source = codecModuleSource();
  if (source !== compiledFrom) compiled.clear();
  compiledFrom = source;
  const loading = compiled.get(module.file) ?? load(module, source);
  compiled.set(module.file, loading);
  try {
    return await loading;
  } catch (error) {
    // What is not there now may be there at the next try.
    if (compiled.get(module.file) === loading) compiled.delete(module.file);
    throw error;
  }
};

const load = async (module: CodecModuleFile, source: CodecModuleSource): Promise<WebAssembly.Module> => {
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
