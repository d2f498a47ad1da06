import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup/locations.mjs';
import { type CodecRecipe, recipeHash } from './recipe.ts';

/** Which module is expected, recorded in the repository. */
export interface ModulePin {
  /** Name of the file; part of its hash is in it, so that a file of that name never changes. */
  file: string;
  sha256: string;
  /** {@link recipeHash} of when it was recorded. */
  recipe: string;
}

type Pins = Record<string, ModulePin>;

/** SHA-256 as hexadecimal. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What is recorded of a module; nothing before its first record. */
export function readPin(recipe: CodecRecipe): ModulePin | undefined {
  return readPins(recipe)[recipe.codec];
}

/** What would be recorded of a module that was just built. */
export function pinOf(recipe: CodecRecipe, bytes: Uint8Array): ModulePin {
  const sha256 = sha256Of(bytes);
  const file = `${recipe.codec}-${recipe.archive.version}-${sha256.slice(0, 16)}.wasm`;
  return { file, sha256, recipe: recipeHash(recipe) };
}

/** Records a module. */
export function writePin(recipe: CodecRecipe, pin: ModulePin): void {
  const pins = { ...readPins(recipe), [recipe.codec]: pin };
  writeFileSync(path.join(root, recipe.pins), `${JSON.stringify(pins, undefined, 2)}\n`);
}

function readPins(recipe: CodecRecipe): Pins {
  const file = path.join(root, recipe.pins);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Pins) : {};
}
