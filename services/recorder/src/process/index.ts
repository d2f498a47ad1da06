export { recorderProcessMetrics } from './run-recorder.ts';
