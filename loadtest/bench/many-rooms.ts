import { comparisonBench } from './comparison/bench.ts';
import { calls } from './comparison/shapes.ts';

/** Design section 10, row 4. */
export const run = comparisonBench({
  name: 'many-rooms',
  about: '300 rooms of 4 on one edge, a fifth of the people talking, against the same bare relay',
  arrangements: [{ shape: calls, bar: { floor: 0.6, aim: 0.8, addedP99Ms: 2 } }],
});
