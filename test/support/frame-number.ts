/**
 * Which of a speaker's frames somebody got, counted from 0: the newest with that mark that had been spoken by then, which is
 * right for whatever was under way for less than five seconds. The SDK's own numbers begin anywhere.
 * @param spokenAtMs when each frame was spoken
 * @param frame its number modulo 256, and when it came
 */
export const frameNumber = (
  spokenAtMs: readonly number[],
  { mark, arrivedAtMs }: { mark: number; arrivedAtMs: number },
): number => {
  let newest = spokenAtMs.length - 1;
  while (newest >= 0 && spokenAtMs[newest]! > arrivedAtMs) newest -= 1;
  return newest - ((newest - mark) & 0xff);
};
