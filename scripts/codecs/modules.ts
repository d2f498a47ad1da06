import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../setup/locations.mjs';
import { withLock } from '../setup/lock.mjs';
import { build } from './build.ts';
import { type ModulePin, pinOf, readPin, sha256Of, writePin } from './pins.ts';
import { type CodecRecipe, recipeHash, recipes } from './recipe.ts';

/** Where modules are looked for in Node. */
const folder = path.join(cache, 'codecs');

/** Makes what is not there yet, and keeps it only if it is what is recorded. */
export async function makeModules(): Promise<void> {
  await alone(async () => {
    for (const recipe of recipes) {
      const expected = recorded(recipe);
      const file = path.join(folder, expected.file);
      if (!existsSync(file) || sha256Of(readFileSync(file)) !== expected.sha256) {
        keep(expected, verified(recipe, await built(recipe)));
      }
      console.log(file);
    }
  });
}

/** Makes each twice from nothing. @throws Error where the two differ, or differ from what is recorded */
export async function checkModules(): Promise<void> {
  await alone(async () => {
    for (const recipe of recipes) {
      const first = verified(recipe, await built(recipe));
      const second = verified(recipe, await built(recipe));
      console.log(`${recorded(recipe).file}: ${first.length} bytes, twice the same: ${sha256Of(second)}`);
    }
  });
}

/** Makes each and records it. */
export async function recordModules(): Promise<void> {
  await alone(async () => {
    for (const recipe of recipes) {
      const bytes = await built(recipe);
      const pin = pinOf(recipe, bytes);
      keep(pin, bytes);
      writePin(recipe, pin);
      console.log(`${pin.file}: ${bytes.length} bytes`);
    }
  });
}

const alone = (work: () => Promise<void>): Promise<void> =>
  withLock(path.join(cache, 'codecs.lock'), async () => {
    mkdirSync(folder, { recursive: true });
    await work();
  });

const built = (recipe: CodecRecipe): Promise<Uint8Array> => {
  console.error(`Compiling ${recipe.archive.name} ${recipe.archive.version} to WebAssembly …`);
  return build(recipe);
};

function recorded(recipe: CodecRecipe): ModulePin {
  const pin = readPin(recipe);
  if (pin !== undefined && pin.recipe === recipeHash(recipe)) return pin;
  throw new Error(
    `sources, flags or compiler of ${recipe.codec} are not those that ${recipe.pins} was recorded with; npm run codecs -- --record does it anew`,
  );
}

function verified(recipe: CodecRecipe, bytes: Uint8Array): Uint8Array {
  const { sha256 } = recorded(recipe);
  const actual = sha256Of(bytes);
  if (actual === sha256) return bytes;
  throw new Error(`${recipe.codec} came out with the SHA-256 ${actual}; ${recipe.pins} says ${sha256}`);
}

function keep(pin: ModulePin, bytes: Uint8Array): void {
  const file = path.join(folder, pin.file);
  // Written beside and moved, so that nobody loads half a module.
  writeFileSync(`${file}.${process.pid}.tmp`, bytes);
  renameSync(`${file}.${process.pid}.tmp`, file);
}
