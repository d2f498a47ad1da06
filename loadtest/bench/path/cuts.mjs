// Cuts code out of the source as Node loads it, to ask what a program would cost without. `--import` the module that calls
// this before tsx.
import { register } from 'node:module';

let cuts = [];

/**
 * @param {[file: string, code: string, instead: string][]} entries code by the end of the path of the file that it stands in;
 *   a file that does not have it is an error, as then nothing would be measured
 */
export const cutOut = (entries) => register(import.meta.url, { data: entries });

export const initialize = (entries) => {
  cuts = entries;
};

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const path = new URL(url).pathname;
  const here = cuts.filter(([file]) => path.endsWith(file));
  if (here.length === 0) return loaded;
  let source = String(loaded.source);
  for (const [file, code, instead] of here) {
    if (!source.includes(code)) throw new Error(`${file} does not contain "${code}" any more`);
    source = source.replaceAll(code, instead);
  }
  return { ...loaded, source };
}
