export type { Call, CallEvents, CodecChange, DeviceChange, StartCallOptions } from './call.ts';
export { useCodecModules } from './codec-modules-at.ts';
export { type AudioDevice, type AudioDevices, listDevices, onDevicesChanged } from './devices.ts';
export { openMicrophonePreview } from './live-preview.ts';
export { canChooseLoudspeaker } from './loudspeaker.ts';
export type { ChangeReason } from './microphone-keeper.ts';
export type { MicrophoneInfo, MicrophoneOptions } from './microphone-options.ts';
export type {
  MicrophonePreview,
  MicrophonePreviewEvents,
  MicrophonePreviewOptions,
} from './microphone-preview.ts';
export { startCall } from './start-call.ts';
