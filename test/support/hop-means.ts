import type { MetricsPage } from './metrics-page.ts';

const NAME = 'partyline_hop_latency_seconds';
/** What a frame passes one after the other. */
const PARTS = ['capture', 'uplink', 'edge', 'bus', 'downlink', 'playout'];

/** Mean times of hops between two scrapes, in ms; a hop that nothing took is left out. */
export class HopMeans {
  readonly byHop = new Map<string, number>();

  constructor(before: MetricsPage, after: MetricsPage) {
    for (const hop of [...PARTS, 'mouth_to_ear']) {
      const grown = (what: string): number =>
        after.sum(`${NAME}_${what}`, { hop }) - before.sum(`${NAME}_${what}`, { hop });
      if (grown('count') > 0) this.byHop.set(hop, (1_000 * grown('sum')) / grown('count'));
    }
  }

  /** Of all hops together. */
  get sumMs(): number {
    return PARTS.reduce((sum, hop) => sum + (this.byHop.get(hop) ?? 0), 0);
  }

  /** What clients say of the whole way. */
  get mouthToEarMs(): number {
    return this.byHop.get('mouth_to_ear') ?? Number.NaN;
  }
}
