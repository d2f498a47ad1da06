import type { MixFormat } from './mix/mix-file.ts';
import type { TrackFormat } from './tracks/track-writer.ts';

/** The file of a recording that says what the others are; also what a recorder that died is continued from. */
export const MANIFEST_NAME = 'recording.json';
export const MANIFEST_TYPE = 'application/json';

/** `interrupted`: the recorder died, and nobody has gone on with it. */
export type RecordingState = 'recording' | 'done' | 'interrupted' | 'failed';

/** A file of a recording. */
export interface FileReport {
  file: string;
  bytes: number;
}

/** The track of one speaker. */
export interface TrackReport extends FileReport {
  identity: string;
  frames: number;
  /** Frames that never came. */
  lostFrames: number;
  /** Frames that came too late, or hold no Opus. */
  unusedFrames: number;
}

/** What was recorded without an interruption of the recorder. All its files begin and end at the same moment. */
export interface RecordingPart {
  /** From 1. */
  number: number;
  /** ISO 8601, on the cluster's clock: when its files begin. */
  startedAt: string;
  seconds: number;
  mix: FileReport[];
  tracks: TrackReport[];
}

/** What is in {@link MANIFEST_NAME}. */
export interface RecordingManifest {
  version: 1;
  id: string;
  room: string;
  /** ISO 8601, on the cluster's clock. */
  startedAt: string;
  state: RecordingState;
  /** Why it failed. */
  reason?: string;
  /** Whose it is to go on with it: the recorder's id; absent for `partyline record`. */
  recorder?: string;
  tracks: TrackFormat | 'none';
  mix: MixFormat[];
  parts: RecordingPart[];
}

/** @returns undefined for what is no manifest of this version */
export const parseManifest = (text: string): RecordingManifest | undefined => {
  let value: Partial<RecordingManifest> | null;
  try {
    value = JSON.parse(text) as Partial<RecordingManifest> | null;
  } catch {
    return undefined;
  }
  const isManifest =
    value?.version === 1 &&
    typeof value.id === 'string' &&
    typeof value.room === 'string' &&
    Array.isArray(value.parts) &&
    Array.isArray(value.mix);
  return isManifest ? (value as RecordingManifest) : undefined;
};

/** Names of all files of a manifest. */
export const filesOf = ({ parts }: RecordingManifest): string[] =>
  parts.flatMap(({ mix, tracks }) => [...mix, ...tracks].map(({ file }) => file));
