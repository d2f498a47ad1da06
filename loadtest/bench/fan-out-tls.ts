import { comparisonBench } from './comparison/bench.ts';
import { meeting, stage } from './comparison/shapes.ts';

const bar = { floor: 0.7, aim: 0.95, addedP99Ms: 2 };
// What the edge adds to each frame shows only where frames do not share messages; sharing them is `fan-out-loaded`.
const coalesceMs = 0;

/** Design section 10, row 3. */
export const run = comparisonBench({
  name: 'fan-out-tls',
  about: 'Both over TLS, at the load of one room',
  arrangements: [
    { shape: meeting, tls: true, coalesceMs, bar },
    { shape: stage, tls: true, coalesceMs, bar },
  ],
});
