import { fileURLToPath } from 'node:url';

/** For `edgeProgram` of a cluster: edges with a clock that an environment variable sets wrong. */
export const EDGE_WITH_CLOCK = fileURLToPath(new URL('edge-with-clock.ts', import.meta.url));
