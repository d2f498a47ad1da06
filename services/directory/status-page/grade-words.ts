import type { Grade } from '@partyline/status';

/** A colour alone tells nothing to who does not see it. */
export const GRADE_WORDS: Readonly<Record<Grade, string>> = {
  idle: 'no data',
  good: 'good',
  watch: 'watch',
  bad: 'bad',
};
