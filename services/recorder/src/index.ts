export { parseRecorderConfig, type RecorderConfig, recorderFields } from './config.ts';
export { RecorderError, type RecorderErrorCode } from './errors.ts';
export { Recorder, type RecorderDeps, type RecordingInfo, type RecordRequest } from './recorder.ts';
export type { Admittance } from './session.ts';
