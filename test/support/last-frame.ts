import type { Caller } from './caller.ts';
import { holdsWithin } from './wait.ts';

/** Somebody and whom they are to hear. */
export interface Pair {
  listener: Caller;
  speaker: Caller;
}

/** Everybody with each speaker but themselves. */
export const pairsOf = (listeners: readonly Caller[], speakers: readonly Caller[]): Pair[] =>
  listeners.flatMap((listener) =>
    speakers.filter((speaker) => speaker !== listener).map((speaker) => ({ listener, speaker })),
  );

const hasHeardLast = ({ listener, speaker }: Pair): boolean => {
  const newest = listener.frames.findLast(({ streamId }) => streamId === speaker.streamId);
  return newest !== undefined && speaker.numberOf(newest) === speaker.spoken - 1;
};

/**
 * Waits until everybody has heard the last frame that each speaker spoke: whoever goes deaf before the end has no gap between
 * what was heard first and what was heard last. Nobody may go on talking.
 * @returns who has not: a sentence each
 */
export const lastFrameFaults = async (pairs: readonly Pair[], timeoutMs = 2_000): Promise<string[]> => {
  await holdsWithin(() => pairs.every(hasHeardLast), timeoutMs, 50);
  return pairs
    .filter((pair) => !hasHeardLast(pair))
    .map(
      ({ listener, speaker }) => `${listener.identity} did not hear the last frame of ${speaker.identity}`,
    );
};
