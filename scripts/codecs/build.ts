import path from 'node:path';
import { sourcesOf } from './archive.ts';
import { compile, type FileTree } from './compiler.ts';
import { type CodecRecipe, commonFlags, glueOf } from './recipe.ts';

/**
 * Makes a codec's WebAssembly module.
 * @returns its bytes, the same for the same recipe wherever and whenever it is made
 * @throws Error with one line that says what is missing and how to get it, or with what the compiler said
 */
export async function build(recipe: CodecRecipe): Promise<Uint8Array> {
  const files: FileTree = {};
  for (const [name, bytes] of await sourcesOf(recipe.archive)) put(files, path.join('upstream', name), bytes);
  const glue = glueOf(recipe);
  for (const [name, bytes] of glue) put(files, path.join('glue', name), bytes);
  const includes = ['glue', ...recipe.includes.map((folder) => path.join('upstream', folder))];
  const sources = [
    ...recipe.sources.map((name) => path.join('upstream', name)),
    ...[...glue.keys()].filter((name) => name.endsWith('.c')).map((name) => path.join('glue', name)),
  ];
  const flags = [...commonFlags, ...recipe.flags, ...includes.map((folder) => `-I${folder}`)];
  return compile([...flags, ...sources], files, 'module.wasm');
}

function put(tree: FileTree, name: string, bytes: Uint8Array): void {
  const folders = name.split(path.sep);
  const file = folders.pop()!;
  let at = tree;
  for (const folder of folders) {
    at[folder] ??= {};
    at = at[folder] as FileTree;
  }
  at[file] = bytes;
}
