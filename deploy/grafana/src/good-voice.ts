import { increaseInRange, ofEdges, rateBy, sum } from './series.ts';

/** Seconds of voice that listeners heard, by how it was. */
export const VOICE_SECONDS = 'partyline_voice_seconds_total';

/** The share of voice that has to be good, as the alerts on the error budget have it. */
export const OBJECTIVE = 0.99;

/** The share of voice that is good now. */
export const goodShare = (): string =>
  `${rateBy(VOICE_SECONDS, ofEdges('verdict="good"'))} / ${rateBy(VOICE_SECONDS, ofEdges())}`;

/** What is left of the voice that may be bad in the range that is shown: 1 all of it, below 0 more than all is gone. */
export const budgetLeft = (): string => {
  const bad = sum(increaseInRange(VOICE_SECONDS, ofEdges('verdict!="good"')));
  const all = sum(increaseInRange(VOICE_SECONDS, ofEdges()));
  return `1 - ${bad} / (${all} * ${(1 - OBJECTIVE).toFixed(3)})`;
};
