import type { LineSample } from './line-history.ts';
import { mean } from './verdict.ts';

/** Everything the page writes about the line, in the order in which it is listed. */
export const figureNames = [
  'mouthToEar',
  'uplink',
  'edge',
  'downlink',
  'playout',
  'rtt',
  'jitter',
  'lost',
  'late',
  'concealed',
  'sent',
  'queue',
  'dropped',
] as const;

export type FigureName = (typeof figureNames)[number];

/** How a figure is written. */
export type FigureUnit = 'ms' | 'share' | 'kbps' | 'frames';

export const unitOf: Readonly<Record<FigureName, FigureUnit>> = {
  mouthToEar: 'ms',
  uplink: 'ms',
  edge: 'ms',
  downlink: 'ms',
  playout: 'ms',
  rtt: 'ms',
  jitter: 'ms',
  lost: 'share',
  late: 'share',
  concealed: 'share',
  sent: 'kbps',
  queue: 'ms',
  dropped: 'frames',
};

/** Undefined where nothing is known. */
export interface Figure {
  now: number | undefined;
  mean: number | undefined;
  worst: number | undefined;
}

const readers: Readonly<Record<FigureName, (sample: LineSample) => number | undefined>> = {
  mouthToEar: ({ way }) => way?.totalMs,
  uplink: ({ way }) => way && Math.max(0, way.uplinkMs),
  edge: ({ way }) => way && Math.max(0, way.edgeMs),
  downlink: ({ way }) => way && Math.max(0, way.downlinkMs),
  playout: ({ way }) => way?.playoutMs,
  rtt: ({ rttMs }) => rttMs,
  jitter: ({ jitterMs }) => jitterMs,
  lost: ({ lost }) => lost,
  late: ({ late }) => late,
  concealed: ({ concealed }) => concealed,
  sent: ({ uplinkKbps }) => uplinkKbps,
  queue: ({ queueMs }) => queueMs,
  dropped: ({ dropped }) => dropped,
};

/** One value a second, oldest first. */
export function seriesOf(samples: readonly LineSample[], name: FigureName): (number | undefined)[] {
  return samples.map(readers[name]);
}

/** The newest value, the mean and the greatest of the time. */
export function figureOf(samples: readonly LineSample[], name: FigureName): Figure {
  const series = seriesOf(samples, name);
  const known = series.filter((value) => value !== undefined);
  return {
    now: series.at(-1),
    mean: mean(known),
    worst: known.length === 0 ? undefined : Math.max(...known),
  };
}
