import type { MetricsPage } from './metrics-page.ts';
import type { System } from './system.ts';
import { holdsWithin } from './wait.ts';

/**
 * The account of every frame, from what the edges count. Nothing may be under way when it is taken: nobody
 * talks, everything has been acknowledged or its listener is gone.
 */
export interface Books {
  /** Valid frames that came from speakers. */
  received: number;
  /** Of those, dropped before the selector: by reason. */
  lostUp: Record<string, number>;
  /** Held back by the selector, and of those sent later as pre-roll. */
  held: number;
  preRoll: number;
  /** Frames that went to rooms, each once. */
  forwarded: number;
  /** Frames × the listeners they were for. */
  offered: number;
  /** Frames × the listeners that acknowledged them. */
  delivered: number;
  /** Frames × the listeners that never got them: by reason. */
  lostDown: Record<string, number>;
}

/** Reasons on the way up for which a frame was received but not given to the selector. */
const DROPPED_AFTER_RECEIPT = ['late', 'muted', 'moderated', 'no_grant'];

const sumOf = (counts: Readonly<Record<string, number>>, reasons = Object.keys(counts)): number =>
  reasons.reduce((total, reason) => total + (counts[reason] ?? 0), 0);

const lostOn = (page: MetricsPage, hop: string): Record<string, number> => {
  const lost: Record<string, number> = {};
  for (const { labels, value } of page.select('partyline_frames_lost_total', { hop })) {
    lost[labels.reason ?? ''] = (lost[labels.reason ?? ''] ?? 0) + value;
  }
  return lost;
};

/** Reads the books off a metrics page. */
const booksOf = (page: MetricsPage): Books => {
  const frames = (hop: string, direction: string): number =>
    page.sum('partyline_frames_total', { hop, direction, source: 'edge' });
  return {
    received: frames('uplink', 'in'),
    lostUp: lostOn(page, 'uplink'),
    held: page.sum('partyline_selector_frames_total', { decision: 'held' }),
    preRoll: page.sum('partyline_selector_frames_total', { decision: 'pre_roll' }),
    forwarded: frames('edge', 'out'),
    offered: page.sum('partyline_frames_offered_total'),
    delivered: frames('downlink', 'in'),
    lostDown: lostOn(page, 'downlink'),
  };
};

/** Waits until nobody is connected any more, then takes the books. */
export const closedBooks = async (system: System): Promise<Books> => {
  await holdsWithin(async () => (await system.metrics()).sum('partyline_edge_connections') === 0, 5_000, 100);
  return booksOf(await system.metrics());
};

/** Sentences about what does not balance; none if all does. */
export const bookFailures = (books: Books): string[] => {
  const failures: string[] = [];
  const { received, lostUp, held, preRoll, forwarded, offered, delivered, lostDown } = books;
  const up = sumOf(lostUp, DROPPED_AFTER_RECEIPT) + held + forwarded - preRoll;
  if (received !== up) {
    failures.push(
      `of ${received} frames received, ${up} are accounted for: ${JSON.stringify({ lostUp, held, forwarded, preRoll })}`,
    );
  }
  const down = delivered + sumOf(lostDown);
  if (offered !== down) {
    failures.push(
      `of ${offered} frames × listeners, ${down} are accounted for: ${JSON.stringify({ delivered, lostDown })}`,
    );
  }
  if (offered === 0) failures.push('nothing was offered to anybody');
  return failures;
};
