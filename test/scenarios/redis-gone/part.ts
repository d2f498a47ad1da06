import type { Expectations, RunContext } from '@partyline/harness';
import type { System } from '../../support/system.ts';

/** What each part is given: a system that is whole. */
export interface PartServices {
  context: RunContext;
  system: System;
  checks: Expectations;
}

/** One row of the table, and what the line of JSON holds of it. */
export interface PartResult {
  /** How long Redis was away, in ms; 0 for what is over at once. */
  outageMs: number;
  /** The longest silence of a voice that crosses edges, in ms. */
  gapMs: number;
  /** Frames of such voices that were not heard by somebody. */
  lost: number;
  /** Until everything was as it should be again, in ms. */
  wholeMs: number;
  /** Further figures for people. */
  notes: string;
}

export interface Part {
  name: string;
  run(services: PartServices): Promise<PartResult>;
}
