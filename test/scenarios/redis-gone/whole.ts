import { nowMs } from '../../support/raw-client.ts';
import { forMs, holdsWithin } from '../../support/wait.ts';
import type { Conference } from './conference.ts';
import type { PartServices } from './part.ts';

const WHOLE_WITHIN_MS = 5_000;
/**
 * Where other programs take the processor. No more than that: from 10 s on directories take away whoever is not there, and what
 * only they put right was never repaired.
 */
const WHOLE_WITHIN_MS_IN_CI = 8_000;
/** Looked at for longer, so that a failure can say how late it was. */
const PATIENCE_MS = 30_000;

/**
 * Expects that everything is whole within 5 s: voice between edges flows, a newcomer joins and hears everybody and is
 * heard of by all, everybody is shown the same people, and every directory counts them right.
 * @returns how long it took, in ms
 */
export const expectWholeAgain = async (
  { context, system, checks }: PartServices,
  part: string,
  conference: Conference,
  backAtMs: number,
): Promise<number> => {
  const took: Record<string, number> = {};
  let miscounts = '';
  const since = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
    const held = await holdsWithin(condition, PATIENCE_MS, 25);
    took[what] = held ? nowMs() - backAtMs : Number.POSITIVE_INFINITY;
  };
  const voice = since('voice between edges', () => conference.flowsSince(backAtMs));
  // On another edge than the speakers', and before everything else has been repaired.
  const joined = conference.newcomer(system.edges[1]!, PATIENCE_MS);
  await Promise.all([voice, joined]);
  await Promise.all([
    since('a newcomer who hears everybody', () => conference.flowsSince(backAtMs)),
    since('the lists of participants', () => conference.lists()),
    since('the counts of the API', async () => {
      miscounts = await conference.miscounts();
      return miscounts === '';
    }),
  ]);
  const limit = context.ci ? WHOLE_WITHIN_MS_IN_CI : WHOLE_WITHIN_MS;
  for (const [what, ms] of Object.entries(took)) {
    checks.expect(ms <= limit, `${part}: ${what} took ${(ms / 1_000).toFixed(1)} s to be right again`);
  }
  checks.expect(
    miscounts === '',
    `${part}: of ${conference.people.length} participants at the end ${miscounts}`,
  );
  context.say(
    `${part}: ${Object.entries(took)
      .map(([what, ms]) => `${what} after ${(ms / 1_000).toFixed(1)} s`)
      .join(', ')}`,
  );
  await forMs(1_000);
  return Math.max(...Object.values(took));
};
