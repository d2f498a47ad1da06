import type { RecordingStore } from './store.ts';

/** Where recordings are kept, each under a name. */
export interface RecordingPlace {
  /** For people: where that is. */
  readonly text: string;
  /** @param name of the recording: see {@link isRecordingName} */
  open(name: string): RecordingStore;
  /** Names of what is there, newest last by name. @throws RecordingError `storage_failed` */
  names(): Promise<string[]>;
}

/** Names are parts of paths: letters, digits, "_", "." and "-", not beginning with a dot. */
export const isRecordingName = (name: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(name);
