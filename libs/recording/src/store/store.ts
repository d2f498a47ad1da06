/** One file of a recording while it is written. Calls are carried out in their order, one at a time. */
export interface StoredFile {
  /** Relative to the recording. */
  readonly name: string;
  /** Bytes so far. */
  readonly bytes: number;
  /** Appends. The bytes may be kept. Fails by what {@link StoredFile.failure} says. */
  append(bytes: Uint8Array): void;
  /** Replaces bytes at the beginning, at the latest when the file is closed. */
  patch(position: number, bytes: Uint8Array): void;
  /** Bytes that have been appended and are not stored yet. */
  readonly pending: number;
  /** Why nothing more can be stored; undefined while all is well. */
  readonly failure: Error | undefined;
  /** Resolves when everything is stored for good. @throws RecordingError `storage_failed` */
  close(): Promise<void>;
}

/** Where a recording goes: a folder, or a bucket. */
export interface RecordingStore {
  /** For people: where the files are. */
  readonly place: string;
  /** What is told of a recording while it runs is written this often, ms. */
  readonly statusEveryMs: number;
  /**
   * @param patched its beginning will be replaced, once or often
   * @throws RecordingError `storage_failed`
   */
  create(name: string, contentType: string, patched: boolean): Promise<StoredFile>;
  /** Writes a small file whole, in one step. @throws RecordingError `storage_failed` */
  put(name: string, text: string, contentType: string): Promise<void>;
  /** @returns undefined when there is none. @throws RecordingError `storage_failed` */
  get(name: string): Promise<string | undefined>;
  /** Makes files whole that a dead process left behind. @throws RecordingError `storage_failed` */
  recover(names: readonly string[]): Promise<void>;
}
