import type { Place } from '../../support/wan/call-network.ts';

/** One row of the design's table: who is at the end of a bad line, and what that may take. */
export interface Row {
  name: string;
  /** For people. */
  about: string;
  mouth: Place;
  ear: Place;
  /** Which share of the pieces of speech must have been heard within the floor, and should within the aim. */
  share: 0.5 | 0.95;
  floorMs: number;
  aimMs: number;
}

/** One way, in each direction of a bad line. */
export const LINE_DELAY_MS = 40;
/** Of the packets, in each direction of a bad line. */
export const LINE_LOSS = 0.03;

export const ROWS: readonly Row[] = [
  {
    name: 'one-machine',
    about: 'one machine',
    mouth: 'edge',
    ear: 'edge',
    share: 0.5,
    floorMs: 150,
    aimMs: 80,
  },
  {
    name: 'listener',
    about: 'bad line of the listener',
    mouth: 'edge',
    ear: 'ear',
    share: 0.95,
    floorMs: 400,
    aimMs: 250,
  },
  {
    name: 'both',
    about: 'bad lines of both',
    mouth: 'mouth',
    ear: 'ear',
    share: 0.95,
    floorMs: 650,
    aimMs: 450,
  },
];
