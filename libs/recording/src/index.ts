export { RecordingError, type RecordingErrorCode } from './errors.ts';
export {
  type FileReport,
  filesOf,
  MANIFEST_NAME,
  MANIFEST_TYPE,
  parseManifest,
  type RecordingManifest,
  type RecordingPart,
  type RecordingState,
  type TrackReport,
} from './manifest.ts';
export { MIX_FORMATS, type MixFormat } from './mix/mix-file.ts';
export { progressOf, type RecordingProgress } from './progress.ts';
export {
  MAX_RECORDING_SECONDS,
  type RecordingOptions,
  RoomRecording,
} from './room-recording.ts';
export { FolderPlace, FolderStore } from './store/folder-store.ts';
export { openPlace, type PlaceSettings } from './store/open-place.ts';
export { isRecordingName, type RecordingPlace } from './store/place.ts';
export type { RecordingStore, StoredFile } from './store/store.ts';
export { TRACK_FORMATS, type TrackFormat } from './tracks/track-writer.ts';
