import type { MetricsPage } from '../../support/metrics-page.ts';
import type { System } from '../../support/system.ts';

const LATENCY = 'partyline_hop_latency_seconds';
const LOST = 'partyline_frames_lost_total';

/** What the edges' pages say at one moment: running sums by series, `edge hop` or `edge hop side`. */
export interface Reading {
  latency: Map<string, { sum: number; count: number }>;
  /** By `edge hop reason`. */
  lost: Map<string, number>;
}

const named = (edge: string, ...labels: (string | undefined)[]): string =>
  [edge, ...labels.filter((label) => label !== undefined && label !== '')].join(' ');

const addLatency = ({ latency }: Reading, edge: string, page: MetricsPage): void => {
  for (const part of ['sum', 'count'] as const) {
    for (const { labels, value } of page.select(`${LATENCY}_${part}`)) {
      const key = named(edge, labels.hop, labels.side);
      const entry = latency.get(key) ?? { sum: 0, count: 0 };
      entry[part] += value;
      latency.set(key, entry);
    }
  }
};

/** Scrapes every edge. */
export const read = async (system: System): Promise<Reading> => {
  const reading: Reading = { latency: new Map(), lost: new Map() };
  for (const [edge, page] of await system.edgePages()) {
    addLatency(reading, edge, page);
    for (const { labels, value } of page.select(LOST)) {
      const key = named(edge, labels.hop, labels.reason);
      reading.lost.set(key, (reading.lost.get(key) ?? 0) + value);
    }
  }
  return reading;
};

/** Means between two readings, in ms, of what was observed meanwhile: Δsum / Δcount. */
export const meansMs = (before: Reading, after: Reading): Map<string, number> => {
  const means = new Map<string, number>();
  for (const [key, { sum, count }] of after.latency) {
    const earlier = before.latency.get(key) ?? { sum: 0, count: 0 };
    if (count > earlier.count) means.set(key, ((sum - earlier.sum) / (count - earlier.count)) * 1_000);
  }
  return means;
};

/** What was lost between two readings; series that stood still are left out. */
export const lostBetween = (before: Reading, after: Reading): Map<string, number> => {
  const lost = new Map<string, number>();
  for (const [key, value] of after.lost) {
    const frames = value - (before.lost.get(key) ?? 0);
    if (frames !== 0) lost.set(key, frames);
  }
  return lost;
};
