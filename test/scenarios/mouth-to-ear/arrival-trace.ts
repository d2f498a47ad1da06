import { writeFile } from 'node:fs/promises';
import { distance32, SequenceExtender } from '@partyline/protocol';
import type { Arrival } from '../../browser/arrival-tap.ts';

/** When the frames of one speaker were captured and came, for simulations of a play-out buffer. */
export interface ArrivalTrace {
  /** What the line was like, for people. */
  about: string;
  /** A frame each, in the order of arrival: sequence, capture time and arrival time, in ms since the first capture. */
  frames: [sequence: number, captureMs: number, arrivalMs: number][];
}

/** Arrivals as a trace; both clocks are the machine's one. */
export const traceOf = (about: string, arrivals: readonly Arrival[]): ArrivalTrace => {
  const [first] = arrivals;
  if (first === undefined) return { about, frames: [] };
  const extender = new SequenceExtender();
  const base = extender.extend(first.sequence);
  const firstCapture = first.captureTimeMs;
  // Capture times are modulo 2^32, arrivals are not: both are counted from the first capture.
  const beganAtMs = first.arrivedAtMs - distance32(firstCapture, Math.floor(first.arrivedAtMs) >>> 0);
  return {
    about,
    frames: arrivals
      .filter(({ streamId }) => streamId === first.streamId)
      .map(({ sequence, captureTimeMs, arrivedAtMs }) => [
        extender.extend(sequence) - base,
        distance32(firstCapture, captureTimeMs),
        Number((arrivedAtMs - beganAtMs).toFixed(1)),
      ]),
  };
};

/** Writes a trace, a frame a line. */
export const writeTrace = async (path: string, { about, frames }: ArrivalTrace): Promise<void> => {
  const lines = frames.map((frame) => `    ${JSON.stringify(frame)}`).join(',\n');
  await writeFile(path, `{\n  "about": ${JSON.stringify(about)},\n  "frames": [\n${lines}\n  ]\n}\n`);
};
