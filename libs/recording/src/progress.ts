import type { RecordingManifest, RecordingState } from './manifest.ts';

/** How far a recording is, all its parts together. */
export interface RecordingProgress {
  state: RecordingState;
  seconds: number;
  bytes: number;
  /** Identities, as they spoke first. */
  speakers: string[];
  lostFrames: number;
  unusedFrames: number;
}

/** What a manifest says of it. */
export const progressOf = ({ state, parts }: RecordingManifest): RecordingProgress => {
  const tracks = parts.flatMap((part) => part.tracks);
  const files = parts.flatMap((part) => [...part.mix, ...part.tracks]);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    state,
    seconds: sum(parts.map(({ seconds }) => seconds)),
    bytes: sum(files.map(({ bytes }) => bytes)),
    speakers: [...new Set(tracks.map(({ identity }) => identity))],
    lostFrames: sum(tracks.map(({ lostFrames }) => lostFrames)),
    unusedFrames: sum(tracks.map(({ unusedFrames }) => unusedFrames)),
  };
};
