import type { Shape } from '../comparison/shape.ts';
import { round } from '../comparison/statistics.ts';
import type { LoadedEdge } from './loaded-edge.ts';

/** How often a client reports (the `reportMs` of `welcome`), and how often Prometheus comes. */
const REPORT_SECONDS = 2;
const SCRAPE_SECONDS = 5;
/** Share of acknowledgements that name a hole: those that do not cost one comparison more than before there were holes. */
const WITH_HOLES = 0.01;

export interface Row {
  what: string;
  /** Absent where it is no matter of times. */
  perSecond?: number;
  eachUs: number;
}

/** What a shape's load costs an edge, and what metrics and reports are of that. */
export interface Costs {
  shape: string;
  rows: Row[];
  addedUsPerSecond: number;
  /** Frames per CPU-second with all of it over those without any. */
  ratio: number;
}

/** @param measured an observation of a frame's whole way, and what a process's own metrics take all the time */
export const costsOf = (
  shape: Shape,
  edge: LoadedEdge,
  measured: { observationUs: number; idleUsPerSecond: number },
): Costs => {
  const people = shape.rooms * (shape.publishers + shape.listeners);
  const heardBy = shape.publishers + shape.listeners - 1;
  // These are at work in the whole edge that was measured; the others are not.
  const within: Row[] = [
    {
      what: 'observations of a frame',
      perSecond: edge.framesPerSecond / heardBy,
      eachUs: measured.observationUs,
    },
    { what: "the process's own metrics", eachUs: Math.max(0, measured.idleUsPerSecond) },
  ];
  const onTop: Row[] = [
    { what: 'receiver reports', perSecond: people / REPORT_SECONDS, eachUs: edge.reportUs },
    {
      what: 'acknowledgements with holes',
      perSecond: edge.acksPerSecond * WITH_HOLES,
      eachUs: edge.reportUs,
    },
    { what: `pages of ${edge.series} series`, perSecond: 1 / SCRAPE_SECONDS, eachUs: edge.scrapeUs },
  ];
  const offUs = edge.cpuUsPerSecond - sum(within);
  const onUs = edge.cpuUsPerSecond + sum(onTop);
  return {
    shape: shape.name,
    rows: [
      {
        what: 'a whole edge, by frames delivered',
        perSecond: edge.framesPerSecond,
        eachUs: edge.cpuUsPerSecond / edge.framesPerSecond,
      },
      ...within,
      ...onTop,
    ],
    addedUsPerSecond: sum(within) + sum(onTop),
    ratio: round(offUs / onUs, 4),
  };
};

const sum = (rows: readonly Row[]): number =>
  rows.reduce((all, { perSecond = 1, eachUs }) => all + perSecond * eachUs, 0);
