export type { Call, CallEvents, StartCallOptions } from './call.ts';
export { listMicrophones, type MicrophoneOptions } from './microphone.ts';
export { startCall } from './start-call.ts';
