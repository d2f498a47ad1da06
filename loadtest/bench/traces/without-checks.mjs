// Node loads the edge through this when a bench asks what it would cost without any code for traces on the way of a
// frame: each comparison that is made for them is read as `false`.
import { cutOut } from '../path/cuts.mjs';

cutOut([
  ['/services/edge/src/media/media-ingress.ts', 'this.#traceEvery !== 0', 'false'],
  ['/services/edge/src/media/fan-out.ts', 'this.#traces.open !== 0', 'false'],
  ['/services/edge/src/relay/remote-ingress.ts', 'this.#traceEvery !== 0', 'false'],
]);
