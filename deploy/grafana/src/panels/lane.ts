import type { Advice } from '../advice.ts';
import { HOP_COLOURS, lighter, type ShownHop } from '../hop-colours.ts';
import { latencyBuckets, latencyQuantile } from '../voice-hops.ts';
import { heatMap } from './heat-map.ts';
import type { SizedPanel } from './panel.ts';
import { query } from './query.ts';
import { timeSeries } from './time-series.ts';

export interface LatencyPanelsOptions {
  hop: ShownHop;
  /** Matchers of its latencies. */
  latency: readonly string[];
  advice: Omit<Advice, 'shows'>;
  /** What one value of the histogram is of: a frame, unless given, or the mean of two seconds that a client reports. */
  values?: 'frames' | 'reports';
}

/** A hop's latencies: how many frames took how long, and percentiles, in the hop's colour. */
export const latencyPanels = ({
  hop,
  latency,
  advice,
  values = 'frames',
}: LatencyPanelsOptions): SizedPanel[] => {
  const colour = HOP_COLOURS[hop];
  return [
    heatMap({
      title: `${capital(hop)}: how many ${values} took how long`,
      advice: {
        shows: `${capital(values)} a second by the time they ${values === 'frames' ? 'took' : 'tell, a mean of two seconds each'}; the fuller the colour, the more of them.`,
        ...advice,
      },
      buckets: latencyBuckets(latency),
      colour,
      width: 8,
    }),
    timeSeries({
      title: `${capital(hop)}: latency`,
      advice: {
        shows: `What 50, 95 and 99 of 100 ${values === 'frames' ? 'frames' : 'reports, means of two seconds each,'} stay below.`,
        ...advice,
      },
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((q) => query(latencyQuantile(q, latency), `p${q * 100}`)),
      colours: { p50: lighter(colour, 0.6), p95: lighter(colour, 0.3), p99: colour },
      width: 6,
    }),
  ];
};

/** With a capital first letter, as titles begin. */
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
