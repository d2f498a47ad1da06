import { runDirectory } from './process/run-directory.ts';

await runDirectory(process.env);
