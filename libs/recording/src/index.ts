export { RecordingError, type RecordingErrorCode } from './errors.ts';
export {
  type FileReport,
  filesOf,
  MANIFEST_NAME,
  parseManifest,
  type RecordingManifest,
  type RecordingPart,
  type RecordingState,
  type TrackReport,
} from './manifest.ts';
export { MIX_FORMATS, type MixFormat } from './mix/mix-file.ts';
export {
  MAX_RECORDING_SECONDS,
  type RecordingOptions,
  type RecordingProgress,
  RoomRecording,
} from './room-recording.ts';
export { FolderStore } from './store/folder-store.ts';
export type { RecordingStore, StoredFile } from './store/store.ts';
export { TRACK_FORMATS, type TrackFormat } from './tracks/track-writer.ts';
