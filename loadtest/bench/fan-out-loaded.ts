import { comparisonBench } from './comparison/bench.ts';
import { meeting, stage } from './comparison/shapes.ts';

const meetings = { ...meeting, rooms: 2 };

/** Design section 10, row 2. */
export const run = comparisonBench({
  name: 'fan-out-loaded',
  about: 'The same at the load that takes the bare relay 60 to 80 % of a core, where the edge coalesces',
  arrangements: [
    {
      shape: { ...meetings, name: '5x300 within 10 ms' },
      loaded: true,
      coalesceMs: 10,
      bar: { floor: 1.3, aim: 1.8, addedP99Ms: 15 },
    },
    {
      shape: { ...stage, name: '3x900 within 10 ms' },
      loaded: true,
      coalesceMs: 10,
      bar: { floor: 1.15, aim: 1.35, addedP99Ms: 15 },
    },
    {
      shape: { ...meetings, name: '5x300 within 20 ms' },
      loaded: true,
      coalesceMs: 20,
      bar: { floor: 1.6, aim: 2.1, addedP99Ms: 25 },
    },
    {
      shape: { ...stage, name: '3x900 within 20 ms' },
      loaded: true,
      coalesceMs: 20,
      bar: { floor: 1.6, aim: 2.1, addedP99Ms: 25 },
    },
  ],
});
