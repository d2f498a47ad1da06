import { runRecorder } from './process/run-recorder.ts';

await runRecorder(process.env);
