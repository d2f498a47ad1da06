/** What the ⓘ of a panel says. */
export interface Advice {
  /** What is drawn, in a sentence. */
  shows: string;
  /** What it looks like when all is well. */
  good: string;
  /** What to look at or do otherwise. */
  otherwise: string;
  /** A heading of docs/runbook.md; where to look, unless given. */
  runbook?: string;
}

/** Where the runbook is; a variable of every dashboard, so that it can be moved without touching panels. */
export const RUNBOOK_VARIABLE = 'runbook';

/** The heading that panels without one of their own lead to. */
export const WHERE_TO_LOOK = 'Where to look';

/** The description of a panel, in Markdown. */
export const description = ({ shows, good, otherwise, runbook = WHERE_TO_LOOK }: Advice): string =>
  [
    shows,
    `**Good:** ${good}`,
    `**If not:** ${otherwise}`,
    `[Runbook: ${runbook}](\${${RUNBOOK_VARIABLE}}#${anchor(runbook)})`,
  ].join('\n\n');

/** The anchor that Markdown pages give a heading. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
