import { processOutput } from './console.ts';
import { run } from './run.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time somebody means it.
    if (interrupted.signal.aborted) process.exit(1);
    interrupted.abort();
  });
}
// Whoever reads the results may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.exitCode = await run(process.argv.slice(2), {
  output: processOutput(),
  signal: interrupted.signal,
  env: process.env,
});
