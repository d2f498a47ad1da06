import type { StoredFile } from '../store/store.ts';

/** What the mix is written as. */
export const MIX_FORMATS = ['wav', 'mp3', 'm4a', 'ogg'] as const;
export type MixFormat = (typeof MIX_FORMATS)[number];

export const MIX_TYPES: Record<MixFormat, string> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
};

/** An encoder and its file: mono, 48 kHz in. */
export interface MixFile {
  readonly file: StoredFile;
  /** Why nothing more is written. */
  readonly failure: Error | undefined;
  write(pcm: Float32Array): void;
  /** Completes the file. @throws RecordingError `storage_failed` */
  close(): Promise<void>;
}
