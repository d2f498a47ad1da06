/**
 * Gives up as soon as the caller's signal says so.
 * @returns ends the listening, when there is nothing left to give up
 */
export const heed = (signal: AbortSignal | undefined, giveUp: () => void): (() => void) => {
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  return () => signal?.removeEventListener('abort', giveUp);
};
