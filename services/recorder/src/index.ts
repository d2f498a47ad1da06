export { configFields as recorderFields, parseRecorderConfig, type RecorderConfig } from './config.ts';
export { RecorderError, type RecorderErrorCode } from './errors.ts';
export { Recorder, type RecorderDeps, type RecordingInfo, type RecordRequest } from './recorder.ts';
export type { Admittance } from './session.ts';
