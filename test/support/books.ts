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
  /** Let pass: to listeners of the same edge, to other edges only, to nobody for nobody listens. */
  selected: number;
  elsewhere: number;
  unheard: number;
  /** Frames that were to go to rooms, that went, each once, and of which the edge itself does not know what became. */
  chosen: number;
  forwarded: number;
  unaccounted: number;
  bus: BusBooks;
  /** Frames × the listeners they were for. */
  offered: number;
  /** Frames × the listeners that acknowledged them. */
  delivered: number;
  /** Frames × the listeners that never got them: by reason. */
  lostDown: Record<string, number>;
}

/** Of frames between edges; all zero for an edge that is alone. */
export interface BusBooks {
  /** Frames × the links they were given to. */
  relayed: number;
  /** Of those, handed to the bus; the others were dropped: by reason. */
  sent: number;
  dropped: Record<string, number>;
  /** Frames that came in time, and those that did not: by reason. */
  received: number;
  lost: Record<string, number>;
  /** Of those that came: heard by another way already, or not known what to do with. */
  ignored: number;
  held: number;
  preRoll: number;
  selected: number;
  unheard: number;
}

/** Reasons on the way up for which a frame was received but not given to the selector. */
const DROPPED_AFTER_RECEIPT = ['late', 'muted', 'moderated', 'no_grant', 'not_ready', 'handed_over'];
/** Reasons between edges for which a frame never got onto the bus, and for which one that came was of no use. */
const DROPPED_BEFORE_BUS = ['dropped_full', 'dropped_away', 'dropped_old'];
const DROPPED_AFTER_BUS = ['unknown_room', 'too_many_streams'];

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
export const booksOf = (page: MetricsPage): Books => {
  const frames = (hop: string, direction: string): number =>
    page.sum('partyline_frames_total', { hop, direction, source: 'edge' });
  const decided = (decision: string): number => page.sum('partyline_selector_frames_total', { decision });
  return {
    received: frames('uplink', 'in'),
    lostUp: lostOn(page, 'uplink'),
    held: decided('held'),
    preRoll: decided('pre_roll'),
    selected: decided('selected'),
    elsewhere: decided('elsewhere'),
    unheard: decided('unheard'),
    chosen: frames('edge', 'in'),
    forwarded: frames('edge', 'out'),
    unaccounted: sumOf(lostOn(page, 'edge')),
    offered: page.sum('partyline_frames_offered_total'),
    delivered: frames('downlink', 'in'),
    lostDown: lostOn(page, 'downlink'),
    bus: busBooksOf(page),
  };
};

const busBooksOf = (page: MetricsPage): BusBooks => {
  const decided = (decision: string): number => page.sum('partyline_bus_selector_frames_total', { decision });
  const lost = lostOn(page, 'bus');
  return {
    relayed: page.sum('partyline_bus_relayed_frames_total'),
    sent: page.sum('partyline_frames_total', { hop: 'bus', direction: 'out' }),
    dropped: only(lost, (reason) => DROPPED_BEFORE_BUS.includes(reason)),
    received: page.sum('partyline_frames_total', { hop: 'bus', direction: 'in' }),
    lost: only(lost, (reason) => !DROPPED_BEFORE_BUS.includes(reason)),
    ignored: page.sum('partyline_bus_frames_ignored_total'),
    held: decided('held'),
    preRoll: decided('pre_roll'),
    selected: decided('selected'),
    unheard: decided('unheard'),
  };
};

const only = (
  counts: Readonly<Record<string, number>>,
  wanted: (reason: string) => boolean,
): Record<string, number> => Object.fromEntries(Object.entries(counts).filter(([reason]) => wanted(reason)));

/** Waits until nobody is connected any more, then takes the books. */
export const closedBooks = async (system: System): Promise<Books> => {
  await holdsWithin(async () => (await system.metrics()).sum('partyline_edge_connections') === 0, 5_000, 100);
  return booksOf(await system.metrics());
};

/**
 * Sentences about hops whose latency was not measured of every frame that took them; none if all were. Times are as
 * exact as counts: no sample could belong to one speaker more than to another.
 */
export const measureFailures = (page: MetricsPage): string[] => {
  const failures: string[] = [];
  const books = booksOf(page);
  const measured = (hop: string): number => page.sum('partyline_hop_latency_seconds_count', { hop });
  const unheard = sumOf(books.lostUp, DROPPED_AFTER_RECEIPT) - (books.lostUp.late ?? 0);
  for (const [hop, frames] of [
    ['capture', books.received - unheard],
    ['uplink', books.received - unheard],
    ['edge', books.forwarded],
    ['bus', books.bus.received],
  ] as const) {
    if (measured(hop) !== frames)
      failures.push(`${measured(hop)} of ${frames} frames were measured on ${hop}`);
  }
  return failures;
};

/** Sentences about what does not balance; none if all does and something was heard at all. */
export const bookFailures = (books: Books): string[] => [
  ...imbalances(books),
  ...(books.offered === 0 ? ['nothing was offered to anybody'] : []),
];

/** The same of an edge on which there may have been nobody. */
export const imbalances = (books: Books): string[] => {
  const failures: string[] = [];
  const { received, lostUp, held, preRoll, selected, elsewhere, unheard } = books;
  const { chosen, forwarded, unaccounted, offered, delivered, lostDown, bus } = books;
  const check = (what: string, total: number, accounted: number, parts: object): void => {
    if (total === accounted) return;
    failures.push(`of ${total} ${what}, ${accounted} are accounted for: ${JSON.stringify(parts)}`);
  };
  check(
    'frames received',
    received,
    sumOf(lostUp, DROPPED_AFTER_RECEIPT) + held + selected + elsewhere + unheard,
    { lostUp, held, selected, elsewhere, unheard },
  );
  check('frames given to other edges', bus.relayed, bus.sent + sumOf(bus.dropped), bus);
  check(
    'frames from other edges',
    bus.received,
    sumOf(bus.lost, DROPPED_AFTER_BUS) + bus.ignored + bus.held + bus.selected + bus.unheard,
    bus,
  );
  check('frames forwarded', forwarded, selected + preRoll + bus.selected + bus.preRoll, {
    selected,
    preRoll,
    bus,
  });
  check('frames chosen for listeners', chosen, forwarded, { forwarded });
  check('frames unaccounted for', unaccounted, 0, { unaccounted });
  check('frames × listeners', offered, delivered + sumOf(lostDown), { delivered, lostDown });
  return failures;
};
