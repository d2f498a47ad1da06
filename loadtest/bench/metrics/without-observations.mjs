// Node loads the edge through this when a bench asks what it would cost without measuring how long frames take: every
// observation on the way of a frame is left out. Counters stay, as an edge needs most of them for its own decisions.
import { cutOut } from '../path/cuts.mjs';

cutOut([
  ['/services/edge/src/media/media-ingress.ts', 'this.#measure(bytes, frames, nowMs);', ''],
  ['/services/edge/src/media/fan-out.ts', 'this.#ingressLatency.observe((nowMs - arrivedAtMs) / 1000);', ''],
  ['/services/edge/src/media/fan-out.ts', 'this.#measure(pending, nowMs);', ''],
  [
    '/services/edge/src/relay/origins.ts',
    'origin.latency.observe((nowMs - ingressAtMs) / 1000, frames);',
    '',
  ],
]);
