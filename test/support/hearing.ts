import type { Expectations } from '@partyline/harness';
import { distance16 } from '@partyline/protocol';
import type { RawClient } from './raw-client.ts';
import type { Talkers } from './talkers.ts';
import { holdsWithin } from './wait.ts';

/**
 * A machine that lets this process stand still for so long delays acknowledgements until an edge has to take
 * the listeners for slow, in ms: acknowledgements come every 200 ms and are missed after 500 ms.
 */
const MACHINE_STALL_MS = 200;

/** Waits until everything that was spoken has reached the listeners or was announced as skipped. */
export const untilHeard = (listeners: readonly RawClient[], spoken: () => number): Promise<boolean> =>
  holdsWithin(
    () => listeners.every(({ reception }) => reception.frames.length + reception.skippedFrames >= spoken()),
    5_000,
  );

/**
 * Expects that a listener heard all frames that were spoken, in order, whole, and once. What an edge left out
 * is forgiven only if this very process stood still, and then only if the edge told how much to the frame.
 */
export const expectAllHeard = (
  checks: Expectations,
  listener: RawClient,
  spoken: number,
  talkers: Pick<Talkers, 'longestTickMs'>,
): void => {
  const { reception } = listener;
  const who = listener.reply?.identity ?? 'a listener';
  const heard = reception.frames.length;
  const skipped = reception.skippedFrames;
  checks.expect(
    heard + skipped === spoken,
    `${who} heard ${heard} of ${spoken} frames and was told that ${skipped} were skipped`,
  );
  checks.expect(
    skipped === 0 || talkers.longestTickMs > MACHINE_STALL_MS,
    `${who} was taken for slow and missed ${skipped} frames, though it never stalled`,
  );
  const { missingMessages, repeatedMessages, unannouncedMessages, undecodable, damagedFrames } = reception;
  checks.expect(
    missingMessages + repeatedMessages + unannouncedMessages + undecodable + damagedFrames === 0,
    `${who}: ${missingMessages} messages missing, ${repeatedMessages} repeated, ${unannouncedMessages} of no ` +
      `announced topic, ${undecodable} not decodable, ${damagedFrames} frames damaged`,
  );
  checks.expect(inOrder(listener), `${who} heard frames of a stream out of order or with a hole`);
};

/** Whether the frames of each stream follow each other, holes of announced skips apart. */
const inOrder = ({ reception }: RawClient): boolean => {
  const newest = new Map<number, number>();
  return reception.frames.every(({ streamId, sequence }) => {
    const before = newest.get(streamId);
    newest.set(streamId, sequence);
    if (before === undefined) return true;
    const step = distance16(before, sequence);
    return reception.skippedFrames > 0 ? step >= 1 : step === 1;
  });
};
