import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runEdge } from './process/run-edge.ts';

// Imported by somebody else, such as a test's main with fault injectors, it only offers `runEdge`.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runEdge(process.env);
}

export { runEdge };
