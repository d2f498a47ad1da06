import { until } from '../support/wait.ts';

/** Waits for something in a page. @throws Error naming `what`, when it is not there within the time */
export const soon = async <Found>(
  what: string,
  look: () => Promise<Found | null>,
  timeoutMs = 10_000,
): Promise<Found> => {
  let found: Found | null = null;
  await until(
    what,
    async () => {
      found = await look();
      return found !== null;
    },
    timeoutMs,
  );
  return found!;
};
