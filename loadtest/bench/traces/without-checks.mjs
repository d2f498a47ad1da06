// Node loads the edge through this when a bench asks what it would cost without any code for traces on the way of a
// frame: each comparison that is made for them is read as `false`. `--import` it before tsx.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** Comparisons by the file that they stand in; a file that has none is an error, as then nothing was measured. */
const CHECKS = new Map([
  ['/services/edge/src/media/media-ingress.ts', 'this.#traceEvery !== 0'],
  ['/services/edge/src/media/fan-out.ts', 'this.#traces.open !== 0'],
  ['/services/edge/src/relay/remote-ingress.ts', 'this.#traceEvery !== 0'],
]);

if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const path = new URL(url).pathname;
  for (const [file, check] of CHECKS) {
    if (!path.endsWith(file)) continue;
    const source = String(loaded.source);
    if (!source.includes(check)) throw new Error(`${file} does not compare "${check}" any more`);
    return { ...loaded, source: source.replaceAll(check, 'false') };
  }
  return loaded;
}
